import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { Controller, Get, type INestApplication, Logger, Module, Param, Post, Query, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { DrainState, RunningRequests } from '../../drain/drain-state.js';
import { requestRecorder } from '../../door/request-recorder.js';
import { callOf } from '../../call/http-call.js';
import type { CallRecord } from '../../call/call-record.js';
import { SecretRedactor } from '../../logging/secret-redactor.js';
import { FailureFilter } from './failure.filter.js';
import { unknownRoute } from '../../door/routes.js';
import type { ErrorRenderer } from './error-renderer.js';
import { Surfaces } from './surface.module.js';

const SECRETS = new SecretRedactor(['a-key-of-groq']);

/** Another surface, which has its own errors. */
const OTHER_ERRORS: ErrorRenderer = {
  body: ({ kind, message }) => ({ oops: kind, message }),
  schema: { name: 'Oops', is: { type: 'object' } },
  lastFrames: () => [],
  streamEnd: [],
};
const surfaces = new Surfaces();
surfaces.register({ path: '/v1/other', errors: OTHER_ERRORS });

const THROWN: Record<string, () => unknown> = {
  api: () => new ApiError(418, 'A teapot.', { code: 'teapot', headers: { 'x-pot': 'tea' } }),
  upstream: () =>
    new UpstreamError('Too fast.', { provider: 'groq', kind: 'refused', status: 429, retryAfterMs: 2000 }),
  quoting: () =>
    UpstreamError.refused({ provider: 'groq', status: 400, callerMessage: 'Bad a-key-of-groq.', code: 'the-prompt' }),
  bug: () => new TypeError('a secret of the code'),
  text: () => 'a secret text',
  deep: () => Object.assign(new Error('a secret'), { stack: 'at secret.ts:1' }),
};

@Controller('v1')
class FailingController {
  @Post('chat/completions')
  chat(): string {
    return 'chat';
  }

  @Get('models')
  models(): string {
    return 'models';
  }

  @Get('models/*id')
  model(@Param('id') id: string | string[]): string {
    return [id].flat().join('/');
  }

  @Post('embeddings')
  embed(): string {
    return 'embeddings';
  }

  @Get('fail')
  fail(@Query('how') how: string): never {
    throw THROWN[how]?.();
  }

  @Get('late')
  async late(@Res() response: Response): Promise<never> {
    response.writeHead(200, { 'content-type': 'text/plain' });
    await new Promise((written) => response.write('half', written));
    throw new Error('late');
  }

  @Get('leaver')
  leaver(@Req() request: Request): never {
    request.socket.resetAndDestroy();
    throw new ApiError(400, 'Nobody hears this.');
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

interface Answer {
  status: number;
  headers: Headers;
  error: Record<string, unknown>;
}

describe(FailureFilter.name, () => {
  let app: INestApplication;
  let url: string;
  let logged: jest.SpyInstance;
  const records: CallRecord[] = [];

  beforeAll(async () => {
    app = await NestFactory.create(FailingModule, { logger: false, bodyParser: false });
    const state = { running: new RunningRequests(), drainState: new DrainState(), stalledClientMs: 1000 };
    app.use(requestRecorder({ ...state, onStart: () => undefined, onEnd: (record) => void records.push(record) }));
    app.use(
      ['/v1/refused', '/v1/other/refused'],
      (_request: Request, _response: Response, next: (error: Error) => void) =>
        next(new ApiError(401, 'No.', { type: 'authentication_error' })),
    );
    app.useGlobalFilters(new FailureFilter(surfaces, SECRETS));
    SwaggerModule.setup('docs', app, SwaggerModule.createDocument(app, new DocumentBuilder().build()), {
      jsonDocumentUrl: 'openapi.json',
    });
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  beforeEach(() => {
    records.length = 0;
    logged.mockClear();
  });

  afterAll(async () => {
    logged.mockRestore();
    await app.close();
  });

  const ask = async (path: string, method = 'GET'): Promise<Answer> => {
    const response = await fetch(url + path, { method });
    const text = await response.text();
    const { error } = (text === '' ? {} : JSON.parse(text)) as { error: Record<string, unknown> };
    return { status: response.status, headers: response.headers, error };
  };

  it('answers with the error’s status, headers and shape', async () => {
    const { status, headers, error } = await ask('/v1/fail?how=api');
    expect({ status, error }).toEqual({
      status: 418,
      error: { message: 'A teapot.', type: 'invalid_request_error', param: null, code: 'teapot' },
    });
    expect(headers.get('x-pot')).toBe('tea');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(logged).not.toHaveBeenCalled();
  });

  it('quotes a provider to the caller without the configured secrets, and to the record not at all', async () => {
    const { error } = await ask('/v1/fail?how=quoting');
    expect(error).toMatchObject({ message: 'Bad [redacted].', code: 'the-prompt' });
    expect(records).toMatchObject([{ errorCode: 'invalid_request_error' }]);
  });

  it('answers a provider’s failure with its retry-after', async () => {
    const { status, headers, error } = await ask('/v1/fail?how=upstream');
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('2');
    expect(error).toMatchObject({ type: 'rate_limit_error', code: 'rate_limit_exceeded' });
  });

  it.each(['bug', 'text', 'deep'])('logs what nobody foresaw (%s) and tells the client nothing of it', async (how) => {
    const { status, error } = await ask(`/v1/fail?how=${how}`);
    expect(status).toBe(500);
    expect(error).toMatchObject({ type: 'server_error', code: 'internal_error' });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(logged).toHaveBeenCalledTimes(1);
    expect(logged).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining('secret') }));
  });

  it('notes the code in the record, or the type where there is none', async () => {
    await ask('/v1/fail?how=api');
    await ask('/v1/models/%E0%A4%A');
    expect(records.map(({ errorCode }) => errorCode)).toEqual(['teapot', 'invalid_request_error']);
  });

  it.each([
    ['an unknown route', '/v1/other/x', 404, 'not_found'],
    ['a middleware’s refusal', '/v1/other/refused', 401, 'authentication'],
  ])('gives %s below a surface’s path the surface’s shape', async (_what, path, status, oops) => {
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ oops, message: expect.any(String) });
  });

  it('serves the errors of middlewares', async () => {
    expect(await ask('/v1/refused')).toMatchObject({ status: 401, error: { type: 'authentication_error' } });
  });

  it.each(['%E0%A4%A', '%', 'a%zz'])('answers 400 to the bad escape of /v1/models/%s', async (id) => {
    expect(await ask(`/v1/models/${id}`)).toMatchObject({
      status: 400,
      error: { message: `Failed to decode param '${id}'`, type: 'invalid_request_error', param: null, code: null },
    });
  });

  it('cuts an answer that has begun: its client must not take it for whole', async () => {
    const response = await fetch(`${url}/v1/late`);
    await expect(response.text()).rejects.toThrow();
    expect(response.status).toBe(200);
  });

  it('says nothing to a client that has left', async () => {
    const client = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.write('GET /v1/leaver HTTP/1.1\r\nhost: x\r\n\r\n');
    await closed;
    expect((await ask('/v1/models/%')).status).toBe(400);
    expect(records[0]).toMatchObject({ end: 'client_closed' });
  });

  it('reads a refused upload to its end, so that its client gets the answer', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'a');
    const client = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('utf8');
    let text = '';
    client.on('data', (bytes) => (text += String(bytes)));
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.write(
      `POST /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${30 * piece.length}\r\n\r\n`,
    );
    for (let count = 0; count < 30; count += 1) {
      await new Promise<void>((resolve, reject) => client.write(piece, (error) => (error ? reject(error) : resolve())));
    }
    await ended;
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    expect(text).toContain('unknown_url');
  });

  describe(unknownRoute.name, () => {
    it.each([
      ['POST', '/api/v1/chat/completions', 'POST /v1/chat/completions'],
      ['POST', '/chat/completions', 'POST /v1/chat/completions'],
      ['POST', '/v1/chat/completion', 'POST /v1/chat/completions'],
      ['POST', '/V1/CHAT/COMPLETION', 'POST /v1/chat/completions'],
      ['POST', '//v1/chat/completions', 'POST /v1/chat/completions'],
      ['POST', '/v1/embedding?x=1', 'POST /v1/embeddings'],
      ['GET', '/models', 'GET /v1/models'],
      ['GET', '/openapi', 'GET /openapi.json'],
    ])('answers %s %s with the nearest route, %s', async (method, path, nearest) => {
      const { status, error } = await ask(path, method);
      expect(status).toBe(404);
      expect(error).toMatchObject({ type: 'invalid_request_error', param: null, code: 'unknown_url' });
      const sent = path.split('?')[0] ?? '';
      expect(error['message']).toBe(`Unknown route: ${method} ${sent}. Did you mean ${nearest}?`);
    });

    it.each([
      ['POST', '/v1/completions', '/v1/completions is not served here. Use POST /v1/chat/completions'],
      ['GET', '/v1/messages/batches', '/v1/messages is not served here.'],
      ['POST', '/v1/messages', "It belongs to Anthropic's API. Use OpenAI's API: POST /v1/chat/completions."],
      ['POST', '/v1/moderations', '/v1/moderations is not served here.'],
      ['POST', '/v1/audio/transcriptions', '/v1/audio is not served here.'],
      ['POST', '/v1/rerank', 'POST /v1/embeddings'],
      ['POST', '/api/chat', "This gateway does not have Ollama's API. Use OpenAI's API at /v1"],
      ['POST', '/api/generate', "This gateway does not have Ollama's API. Use OpenAI's API at /v1"],
      ['GET', '/api/tags', 'GET /v1/models'],
    ])('answers %s %s with what to use', async (method, path, message) => {
      const { status, error } = await ask(path, method);
      expect(status).toBe(404);
      expect(error).toMatchObject({ code: 'unknown_url', message: expect.stringContaining(message) as string });
    });

    it('says nothing of the kind where there are routes under the path', () => {
      const match = (): boolean => false;
      const stack = [{ match, route: { path: '/v1/audio/speech', methods: { post: true } } }];
      const path = '/v1/audio/transcriptions';
      const request = { app: { router: { stack } }, method: 'POST', baseUrl: '', path, originalUrl: path };
      expect(unknownRoute(request as unknown as Request).message).toBe(
        `Unknown route: POST ${path}. Did you mean POST /v1/audio/speech?`,
      );
    });

    it('repeats no more than a part of a long path, and is quick about it', async () => {
      const { status, error } = await ask(`/${'x'.repeat(10_000)}`);
      expect(status).toBe(404);
      expect(String(error['message']).length).toBeLessThan(300);
    });

    it.each([
      ['GET', '/v1/chat/completions', 'POST'],
      ['DELETE', '/v1/chat/completions/', 'POST'],
      ['POST', '/v1/models', 'GET, HEAD'],
      ['PUT', '/v1/models/ollama/gemma3:4b', 'GET, HEAD'],
      ['DELETE', '/v1/models/ollama%2Fgemma3%3A4b', 'GET, HEAD'],
      ['POST', '/openapi.json', 'GET, HEAD'],
    ])('answers %s %s with 405 and allow: %s', async (method, path, allow) => {
      const { status, headers, error } = await ask(path, method);
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe(allow);
      expect(error).toMatchObject({ type: 'invalid_request_error', code: 'method_not_allowed' });
      expect(error['message']).toBe(`${method} is not allowed on ${path}. Use ${allow}.`);
    });

    it.each([
      ['/v1/models', 200],
      ['/v1/models/a/b', 200],
      ['/v1/chat/completions', 405],
      ['/nowhere', 404],
    ])('answers HEAD %s with %s', async (path, status) => {
      expect((await ask(path, 'HEAD')).status).toBe(status);
    });

    it('has words for an application without routes', () => {
      const request = { app: { router: { stack: [] } }, method: 'GET', baseUrl: '', path: '/x', originalUrl: '/x' };
      expect(unknownRoute(request as unknown as Request).message).toBe('Unknown route: GET /x.');
    });
  });

  it('serves a request that no recorder saw', () => {
    const response = { headersSent: false, setHeader: jest.fn(), status: jest.fn().mockReturnThis(), json: jest.fn() };
    const request = { headers: {} } as unknown as Request;
    expect(callOf(request)).toBeUndefined();
    const http = { getRequest: () => request, getResponse: () => response };
    new FailureFilter(surfaces, SECRETS).catch(new ApiError(400, 'No.'), { switchToHttp: () => http } as never);
    expect(response.status).toHaveBeenCalledWith(400);
  });
});
