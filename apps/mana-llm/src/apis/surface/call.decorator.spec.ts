import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, HttpException, type INestApplication, Module, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DrainState, RunningRequests } from '../../drain/drain-state.js';
import { apiKeyGuard } from '../../door/api-key-guard.js';
import { CurrentCall } from './call.decorator.js';
import type { Call } from '../../call/call.js';
import { requestRecorder } from '../../door/request-recorder.js';

let lastCall: Call | undefined;

@Controller()
class CallController {
  @Get('call')
  call(@CurrentCall() call: Call, @Query('model') model: string): string {
    lastCall = call;
    call.resolved(model, 1);
    call.resolved(model, 2);
    return 'answer';
  }

  @Get('half')
  half(@CurrentCall() call: Call): string {
    call.resolved('ollama/\ud800', 1);
    return 'answer';
  }

  @Get('failed')
  failed(@CurrentCall() call: Call): never {
    call.resolved('groq/x', 3);
    throw new HttpException('failed', 418);
  }
}

@Module({ controllers: [CallController] })
class CallModule {}

describe('CurrentCall', () => {
  let app: INestApplication;

  const start = async (
    before: 'recorder and guard' | 'recorder' | 'nothing' = 'recorder and guard',
  ): Promise<string> => {
    app = await NestFactory.create(CallModule, { logger: false });
    const options = {
      running: new RunningRequests(),
      drainState: new DrainState(),
      stalledClientMs: 1000,
      onStart: () => undefined,
      onEnd: () => undefined,
    };
    if (before !== 'nothing') app.use(requestRecorder(options));
    if (before === 'recorder and guard') app.use(apiKeyGuard([]));
    await app.listen(0, '127.0.0.1');
    return `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
  };

  afterEach(() => app.close());

  it('carries the request’s id, its signal, its reader, the caller and the caller’s limits', async () => {
    const url = await start();
    const nowMs = Date.now();
    await fetch(`${url}/call?model=m`, { headers: { 'x-request-id': 'mine', 'x-stainless-timeout': '60' } });
    expect(lastCall?.record).toMatchObject({ requestId: 'mine', method: 'GET' });
    expect(lastCall?.context).toMatchObject({ requestId: 'mine', signal: expect.any(AbortSignal) });
    expect(lastCall?.context.reader?.whenReady()).toBeUndefined();
    expect(lastCall?.caller).toEqual({ principal: '127.0.0.1', isKeyChecked: false });
    expect(lastCall?.context.limits?.openByMs).toBeGreaterThanOrEqual(nowMs + 60_000);
  });

  it.each([
    ['ollama/gemma3:4b', 'ollama/gemma3:4b'],
    ['ollama/hf.co/bartowski/x:Q4_K_M', 'ollama/hf.co/bartowski/x:Q4_K_M'],
    ['ollama/größe\r\nx-evil: 1', 'ollama/gr%C3%B6%C3%9Fe%0D%0Ax-evil:%201'],
  ])('tells who answers, %j, in headers', async (model, header) => {
    const url = await start();
    const response = await fetch(`${url}/call?model=${encodeURIComponent(model)}`);
    expect(response.headers.get('x-mana-llm-resolved')).toBe(header);
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    expect(response.headers.get('x-evil')).toBeNull();
  });

  it('bears a model name that is half a character', async () => {
    const response = await fetch(`${await start()}/half`);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/%EF%BF%BD');
  });

  it('tells nothing once the answer is on its way: work that others share goes on', async () => {
    await fetch(`${await start()}/call?model=m`);
    expect(() => lastCall?.resolved('groq/x', 3)).not.toThrow();
    expect(() => lastCall?.setHeader('x-mana-llm-cache', 'miss')).not.toThrow();
  });

  it('tells it on an error too', async () => {
    const url = await start();
    const response = await fetch(`${url}/failed`);
    expect(response.status).toBe(418);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('groq/x');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('3');
  });

  it.each(['nothing', 'recorder'] as const)('fails where %s came before', async (before) => {
    const url = await start(before);
    expect((await fetch(`${url}/call?model=m`)).status).toBe(500);
  });
});
