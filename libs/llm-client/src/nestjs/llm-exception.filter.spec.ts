import { Controller, Get, Header, type INestApplication, Logger, Module, Res } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { ArgumentsHost } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Response } from 'express';
import { LlmError, LlmRateLimitError, LlmStreamBrokenError } from '../errors.js';
import { LlmExceptionFilter } from './llm-exception.filter.js';

/** What another copy of the package throws: the same symbol, another class. */
function errorOfOtherCopy(): Error {
  const kinds = Symbol.for('@mana-llm/client/error-kinds');
  const error = new LlmRateLimitError('Slow down.', { code: 'queue_full' });
  return Object.defineProperty(Object.assign(new Error('Slow down.'), error), kinds, {
    value: ['LlmError', 'LlmRateLimitError'],
  });
}

@Controller()
class FailingController {
  @Get('limited')
  limited(): void {
    throw new LlmRateLimitError('Slow down.', {
      status: 429,
      code: 'queue_full',
      retryAfterMs: 7_000,
      requestId: 'id',
    });
  }

  @Get('with-id')
  @Header('x-request-id', 'own')
  withId(): void {
    throw new LlmError('No.', { requestId: 'id' });
  }

  @Get('other-copy')
  otherCopy(): void {
    throw errorOfOtherCopy();
  }

  @Get('begun')
  begun(@Res() response: Response): void {
    response.write('Hel');
    throw new LlmStreamBrokenError('It broke.');
  }

  @Get('ended')
  ended(@Res() response: Response): void {
    response.end('Hello');
    throw new LlmStreamBrokenError('It broke.');
  }
}

@Module({ controllers: [FailingController], providers: [{ provide: APP_FILTER, useClass: LlmExceptionFilter }] })
class AppModule {}

describe(LlmExceptionFilter.name, () => {
  const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  let app: INestApplication;
  let url: string;
  const get = (path: string) => fetch(`${url}/${path}`);

  beforeAll(async () => {
    app = (await Test.createTestingModule({ imports: [AppModule] }).compile()).createNestApplication();
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app.close();
    log.mockRestore();
  });

  it("answers with the status, OpenAI's body and both headers", async () => {
    const response = await get('limited');
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-request-id')).toBe('id');
    expect(await response.json()).toEqual({
      error: { message: 'Slow down.', type: 'rate_limit_error', param: null, code: 'queue_full' },
    });
  });

  it('leaves a header that the application has set', async () => {
    expect((await get('with-id')).headers.get('x-request-id')).toBe('own');
  });

  it('answers an error of another copy of the package', async () => {
    expect((await get('other-copy')).status).toBe(429);
  });

  it('breaks off an answer that has begun', async () => {
    const response = await get('begun');
    await expect(response.text()).rejects.toThrow();
  });

  it('leaves an answer that has ended', async () => {
    expect(await (await get('ended')).text()).toBe('Hello');
  });

  it('leaves what is not HTTP to others', () => {
    const filter = new LlmExceptionFilter({} as HttpAdapterHost);
    const error = new LlmError('No.');
    expect(() => filter.catch(error, { getType: () => 'rpc' } as ArgumentsHost)).toThrow(error);
  });
});
