import type { Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { UpstreamError } from '../errors/upstream-error.js';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { closeConnection, json, type Reply, resetConnection, stream, text } from '../testing/reply.js';
import { readBody } from './answer-body.js';
import { wasStale } from './stale-connection.js';
import { UpstreamClient } from './upstream-client.js';

const TIMEOUTS = { connectMs: 5_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
const MANY = 20;

/** Answers the first request of each connection, and does with each later one what `later` says. */
const onceThen = (later: Reply): Reply => {
  const used = new WeakSet<Socket>();
  return (exchange) => {
    const { socket } = exchange.response;
    if (socket === null) return;
    if (used.has(socket)) return later(exchange);
    used.add(socket);
    return json(200, { ok: true })(exchange);
  };
};

describe(wasStale.name, () => {
  let fake: FakeUpstream;
  let client: UpstreamClient;

  const create = (baseUrl: string): UpstreamClient =>
    new UpstreamClient({
      provider: 'p',
      baseUrl,
      headers: {},
      query: {},
      timeouts: TIMEOUTS,
      readError: () => ({ message: 'm' }),
    });

  beforeEach(async () => {
    fake = await FakeUpstream.start();
    client = create(fake.url);
  });

  afterEach(async () => {
    await client.close();
    await fake.stop();
  });

  const context = (): { signal: AbortSignal; requestId: string } => ({
    signal: new AbortController().signal,
    requestId: 'r',
  });

  const post = async (): Promise<unknown> => {
    // undici takes a connection back in the next turn of the event loop.
    await setImmediate();
    return client.postJson('/x', { a: 1 }, context()).catch((error: UpstreamError) => error.kind);
  };

  const openStream = async (): Promise<string> => {
    await setImmediate();
    const call = client.startCall(context(), 'stream');
    const { body } = await client.openStream('/x', { a: 1 }, call);
    return readBody(body, 1_000).finally(() => call.end());
  };

  it.each<[string, Reply]>([
    ['an RST', resetConnection],
    ['a FIN', closeConnection],
  ])('lets a request be sent again that a kept connection answers with %s', async (_how, close) => {
    fake.on('POST', '/x', onceThen(close));
    expect(await post()).toEqual({ ok: true });
    expect(await post()).toEqual({ ok: true });
    expect(fake.requests.map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }]);
    expect(fake.totalConnections).toBe(2);
  });

  it('lets a streamed request be sent again', async () => {
    fake.on('POST', '/x', json(200, { ok: true }), resetConnection, text(200, 'data: a\n\n'));
    await post();
    expect(await openStream()).toBe('data: a\n\n');
  });

  it('holds for many kept connections that are closed at once', async () => {
    fake.on('POST', '/x', onceThen(resetConnection));
    await Promise.all(Array.from({ length: MANY }, post));
    expect(fake.totalConnections).toBe(MANY);
    const answers = await Promise.all(Array.from({ length: MANY }, post));
    expect(answers).toEqual(Array(MANY).fill({ ok: true }));
  });

  it('holds for connections that the server reset while nobody used them', async () => {
    const sockets = new Set<Socket | null>();
    fake.on('POST', '/x', (exchange) => {
      sockets.add(exchange.response.socket);
      return json(200, { ok: true })(exchange);
    });
    await Promise.all(Array.from({ length: MANY }, post));
    await setImmediate();
    for (const socket of sockets) socket?.resetAndDestroy();
    // Sent before this process has read of any reset.
    const asked = Array.from({ length: MANY }, () => client.postJson('/x', { a: 1 }, context()));
    expect(await Promise.all(asked)).toEqual(Array(MANY).fill({ ok: true }));
  });

  it('allows one more try and no second one', async () => {
    fake.on('POST', '/x', json(200, { ok: true }), resetConnection);
    await post();
    expect(await post()).toBe('connection_failed');
    expect(fake.requests).toHaveLength(3);
  });

  it('is false on a connection that was made for the request', async () => {
    fake.on('POST', '/x', resetConnection);
    expect(await post()).toBe('connection_failed');
    expect(fake.requests).toHaveLength(1);
  });

  it('is false once a byte of the answer has come', async () => {
    const begin: Reply = async ({ response }) => {
      const { socket } = response;
      await new Promise((written) => socket?.write('HTTP/1.1 2', written));
      socket?.end();
    };
    fake.on('POST', '/x', json(200, { ok: true }), begin);
    await post();
    expect(await post()).toBe('connection_failed');
    expect(fake.requests).toHaveLength(2);
  });

  it('is false in the midst of an answer', async () => {
    fake.on('POST', '/x', json(200, { ok: true }), stream('application/json', ['{', closeConnection]));
    await post();
    expect(await post()).toBe('stream_broken');
    expect(fake.requests).toHaveLength(2);
  });

  it('is false for a server that closes more than a second after the request', async () => {
    fake.on('POST', '/x', json(200, { ok: true }), async (exchange) => {
      await setTimeout(1_100);
      await resetConnection(exchange);
    });
    await post();
    expect(await post()).toBe('connection_failed');
    expect(fake.requests).toHaveLength(2);
  });

  it('has the second try close its connection', async () => {
    fake.on('POST', '/x', onceThen(resetConnection));
    await post();
    await post();
    expect(fake.requests.map(({ headers }) => headers['connection'])).toEqual(['keep-alive', 'keep-alive', 'close']);
  });

  describe('through a proxy', () => {
    const kept = process.env['HTTP_PROXY'];

    afterEach(() => {
      if (kept === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = kept;
    });

    it('holds for the connections to it', async () => {
      process.env['HTTP_PROXY'] = fake.url;
      client = create('http://provider.invalid');
      fake.on('POST', '/x', onceThen(resetConnection));
      await Promise.all(Array.from({ length: MANY }, post));
      const answers = await Promise.all(Array.from({ length: MANY }, post));
      expect(answers).toEqual(Array(MANY).fill({ ok: true }));
      expect(fake.requests.map(({ headers }) => headers.host)).toEqual(Array(3 * MANY).fill('provider.invalid'));
    });
  });
});
