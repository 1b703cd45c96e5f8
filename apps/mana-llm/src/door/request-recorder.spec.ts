import { EventEmitter, once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Controller, Get, type INestApplication, Module, Param, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request, Response } from 'express';
import { callOf } from '../call/http-call.js';
import type { CallRecord } from '../call/call-record.js';
import { requestRecorder } from './request-recorder.js';
import { DrainState, RunningRequests } from '../drain/drain-state.js';

interface Held {
  request: Request;
  response: Response;
}

/** Tells of each request that `/held` got. */
const arrivals = new EventEmitter();

@Controller()
class RecordedController {
  @Get('models/*id')
  model(@Param('id') id: string | string[]): string {
    return [id].flat().join('/');
  }

  @Get('users/:name/posts/:post')
  post(): string {
    return 'post';
  }

  @Get('held')
  held(@Req() request: Request, @Res() response: Response): void {
    arrivals.emit('held', { request, response } satisfies Held);
  }

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }
}

@Module({ controllers: [RecordedController] })
class RecordedModule {}

describe(requestRecorder.name, () => {
  let app: INestApplication;
  let url: string;
  let running: RunningRequests;
  let drainState: DrainState;
  let ended: EventEmitter;
  let started: jest.Mock;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    ended = new EventEmitter();
    running = new RunningRequests();
    started = jest.fn();
    app = await NestFactory.create(RecordedModule, { logger: false, bodyParser: false });
    drainState = new DrainState();
    const onEnd = (record: CallRecord): void => void ended.emit('end', record);
    app.use(requestRecorder({ running, drainState, stalledClientMs: 1000, onStart: () => void started(), onEnd }));
    app.use('/refused', (_request: Request, response: Response) => response.status(401).end());
    app.use('/models/refused', (_request: Request, response: Response) => response.status(401).end());
    await app.listen(0, '127.0.0.1');
    const server = app.getHttpServer() as Server;
    // A connection that closes was closed by its answer.
    server.keepAliveTimeout = 0;
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  afterAll(() => app.close());

  const nextRecord = async (): Promise<CallRecord> => {
    const [record] = (await once(ended, 'end')) as [CallRecord];
    return record;
  };

  const ask = async (
    path: string,
    init: RequestInit = {},
  ): Promise<{ response: globalThis.Response; record: CallRecord }> => {
    const record = nextRecord();
    const response = await fetch(url + path, init);
    await response.text();
    return { response, record: await record };
  };

  /** A client that waits for `/held`. */
  const hold = async (headers = ''): Promise<Held & { client: Socket }> => {
    const arrived = once(arrivals, 'held') as Promise<[Held]>;
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.push(client);
    client.write(`GET /held HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
    const [held] = await arrived;
    return { ...held, client };
  };

  it('repeats the caller’s id, on errors too', async () => {
    for (const path of ['/models/a', '/broken', '/nowhere', '/refused']) {
      const { response, record } = await ask(path, { headers: { 'x-request-id': 'mine-1' } });
      expect(response.headers.get('x-request-id')).toBe('mine-1');
      expect(record.requestId).toBe('mine-1');
    }
  });

  it('gives an id where none was sent that can be repeated', async () => {
    const { response, record } = await ask('/models/a', { headers: { 'x-request-id': 'not mine' } });
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(record.requestId).toBe(response.headers.get('x-request-id'));
  });

  it.each([
    ['/models/ollama/gemma3:4b', 200, '/models/{id}'],
    ['/models/ollama%2Fgemma3%3A4b?x=1', 200, '/models/{id}'],
    ['/users/ada/posts/7', 200, '/users/{name}/posts/{post}'],
    ['/broken', 500, '/broken'],
    ['/models/refused', 401, '/models/{id}'],
    ['/refused', 401, 'unmatched'],
    ['/nowhere/at/all', 404, 'unmatched'],
    ['/models/%E0%A4%A', 400, 'unmatched'],
  ])('records %s with status %s under %s', async (path, status, route) => {
    const { record } = await ask(path);
    expect(record).toMatchObject({ method: 'GET', status, route });
    expect(record).not.toHaveProperty('end');
  });

  it('reports each request once, its start and its end', async () => {
    const before = started.mock.calls.length;
    const reported = jest.fn();
    ended.on('end', reported);
    await ask('/models/a');
    await ask('/nowhere');
    ended.off('end', reported);
    expect(started.mock.calls.length - before).toBe(2);
    expect(reported).toHaveBeenCalledTimes(2);
  });

  it('counts a request as running until its answer is written', async () => {
    const { response } = await hold();
    expect(running.count).toBe(1);
    const record = nextRecord();
    response.end('done');
    expect(await record).toMatchObject({ status: 200, route: '/held' });
    expect(running.count).toBe(0);
  });

  it.each([
    ['before the headers', 499, () => undefined],
    ['after the headers', 200, ({ response }: Held) => response.writeHead(200).flushHeaders()],
    [
      'in the midst of the body',
      206,
      ({ response }: Held) => response.writeHead(206, { 'content-length': 9 }).write('half'),
    ],
  ])('records a client that leaves %s as %s and stops the work for it', async (_when, status, answer) => {
    const { request, response, client } = await hold();
    answer({ request, response });
    const call = callOf(request);
    expect(call?.signal.aborted).toBe(false);
    expect(call?.hasLeft()).toBe(false);
    const record = nextRecord();
    client.resetAndDestroy();
    expect(await record).toMatchObject({ status, end: 'client_closed', route: '/held' });
    expect(call?.signal.aborted).toBe(true);
    expect(call?.signal.reason).toMatchObject({ name: 'AbortError' });
    expect(call?.hasLeft()).toBe(true);
    expect(running.count).toBe(0);
  });

  it.each([
    ['that did not reach its client whole as one whose client has left', 'complete', 'client_closed'],
    ['that failed as that, whatever became of its client', 'upstream_error', 'upstream_error'],
  ] as const)('records a stream %s', async (_what, told, end) => {
    const { request, response, client } = await hold();
    const call = callOf(request);
    if (call !== undefined) call.record.end = told;
    response.writeHead(200).flushHeaders();
    const record = nextRecord();
    client.resetAndDestroy();
    expect(await record).toMatchObject({ end });
  });

  it('stops what still works for an answer that was read to its end', async () => {
    const { request, response } = await hold();
    const record = nextRecord();
    const signal = callOf(request)?.signal;
    response.end('done');
    expect(signal?.aborted).toBe(false);
    expect((await record).end).toBeUndefined();
    expect(signal?.reason).toMatchObject({ name: 'AbortError', message: 'the answer has ended' });
  });

  it('closes the connection behind an answer that a client asked to be the last, though a stream says keep-alive', async () => {
    const { response, client } = await hold('connection: close\r\n');
    const ended = once(client.resume(), 'end');
    response.writeHead(200, { connection: 'keep-alive' }).end('done');
    await ended;
  });

  // The last ones: a drain is not taken back.
  it('asks clients to close their connection while it drains, and still serves them', async () => {
    expect((await ask('/models/a')).response.headers.get('connection')).toBe('keep-alive');
    drainState.begin();
    const { response } = await ask('/models/a');
    expect(response.status).toBe(200);
    expect(response.headers.get('connection')).toBe('close');
  });

  it('closes the connection behind a stream that says keep-alive while it drains', async () => {
    const { response, client } = await hold();
    const ended = once(client.resume(), 'end');
    response.writeHead(200, { connection: 'keep-alive' }).end('done');
    await ended;
  });

  it('takes no new request after that, and records the refusal', async () => {
    drainState.close();
    const { response, record } = await ask('/models/a');
    expect(response.status).not.toBe(200);
    expect(record).toMatchObject({ status: response.status, route: '/models/{id}' });
  });
});
