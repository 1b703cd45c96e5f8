import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { CallContext } from '../call-context.js';
import type { UpstreamError } from '../errors/upstream-error.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { latch } from '../testing/latch.js';
import {
  after,
  closeConnection,
  json,
  type Reply,
  resetConnection,
  sseStream,
  stall,
  stream,
  text,
} from '../testing/reply.js';
import { readBody } from './answer-body.js';
import { type ReadError } from './upstream-refusal.js';
import { UpstreamClient, type UpstreamClientOptions } from './upstream-client.js';

const GZIP = { headers: { 'content-encoding': 'gzip' } };

const TIMEOUTS: ProviderTimeouts = { connectMs: 5_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 10_000 };

/** Bytes on the wire as given, and then a FIN: for answers that no HTTP server would give. */
const raw =
  (...lines: string[]): Reply =>
  ({ response }) => {
    response.socket?.end(lines.join('\r\n'));
  };

const readError = (status: number, body: string): ReadError => {
  if (status === 200) throw new RangeError('an answer of status 200 is no error answer');
  return { message: `read: ${body}`, type: 't', code: 'c', param: 'x' };
};

describe(UpstreamClient.name, () => {
  let fake: FakeUpstream;
  let clients: UpstreamClient[];

  beforeEach(async () => {
    fake = await FakeUpstream.start();
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await fake.stop();
    fake.assertAllScripted();
  });

  const create = (options: Partial<UpstreamClientOptions> = {}): UpstreamClient => {
    const client = new UpstreamClient({
      provider: 'p',
      baseUrl: fake.url,
      headers: {},
      query: {},
      timeouts: TIMEOUTS,
      readError,
      ...options,
    });
    clients.push(client);
    return client;
  };

  const context = (signal = new AbortController().signal, limits?: CallContext['limits']): CallContext => ({
    signal,
    requestId: 'r',
    ...(limits && { limits }),
  });

  const post = (reply: Reply, options: Partial<UpstreamClientOptions> = {}): Promise<unknown> => {
    fake.on('POST', '/x', reply);
    return create(options).postJson('/x', { a: 1 }, context());
  };

  const failure = async (promise: Promise<unknown>): Promise<UpstreamError> => {
    const thrown: unknown = await promise.then(
      () => undefined,
      (error: unknown) => error,
    );
    return thrown as UpstreamError;
  };

  describe('sends', () => {
    it('JSON with the headers and the query of the provider', async () => {
      const headers = { authorization: 'Bearer k', 'api-key': 'k2' };
      const answer = await post(json(200, { ok: true }), {
        headers,
        query: { 'api-version': '2026-01-01', q: 'a b&c' },
      });
      expect(answer).toEqual({ ok: true });
      const [request] = fake.requests;
      expect(request).toMatchObject({
        method: 'POST',
        path: '/x',
        body: { a: 1 },
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'mana-llm' },
      });
      expect(Object.fromEntries(request?.query ?? [])).toEqual({ 'api-version': '2026-01-01', q: 'a b&c' });
    });

    it('bytes as they are, under a content type of their own', async () => {
      fake.on('POST', '/audio/transcriptions', text(200, 'heard'));
      const client = create({ headers: { authorization: 'Bearer k' } });
      const call = client.startCall(context(), 'buffered');
      const content = Uint8Array.of(0, 255, 128, 10);
      const outgoing = {
        method: 'POST',
        path: '/audio/transcriptions',
        raw: { content, contentType: 'audio/wav' },
      } as const;
      const { status, body } = await client.send(outgoing, call);
      expect([status, await readBody(body, 100)]).toEqual([200, 'heard']);
      call.end();
      const [request] = fake.requests;
      expect(request?.headers).toMatchObject({ 'content-type': 'audio/wav', authorization: 'Bearer k' });
      expect(request?.headers['content-length']).toBe('4');
    });

    it('a GET without a body', async () => {
      fake.on('GET', '/v1/models', json(200, []));
      expect(await create({ baseUrl: `${fake.url}/v1` }).getJson('/models', context())).toEqual([]);
      expect(fake.requests[0]?.body).toBeUndefined();
      expect(fake.requests[0]?.headers).not.toHaveProperty('content-type');
    });

    it('one request after the other on one connection', async () => {
      fake.on('GET', '/x', json(200, {}), json(500, {}), json(200, {}));
      const client = create();
      for (let turn = 0; turn < 3; turn += 1) {
        await failure(client.getJson('/x', context()));
        // undici takes a connection back in the next turn of the event loop.
        await setImmediate();
      }
      expect(fake.totalConnections).toBe(1);
    });
  });

  describe('when the provider refuses', () => {
    it.each([400, 401, 404, 429, 500, 503, 301, 599])('tells status %d with what the adapter reads', async (status) => {
      const error = await failure(post(text(status, 'why')));
      expect(error).toMatchObject({
        kind: 'refused',
        provider: 'p',
        status,
        message: `p answered with status ${status}.`,
        callerMessage: 'read: why',
        type: 't',
        code: 'c',
        param: 'x',
      });
      expect(error.retryAfterMs).toBeUndefined();
    });

    it('lets the adapter know the status better', async () => {
      expect(await failure(post(text(500, ''), { readError: () => ({ message: 'm', status: 400 }) }))).toMatchObject({
        status: 400,
        type: null,
        code: null,
        param: null,
      });
    });

    it.each([
      [{ 'retry-after': '3' }, 3_000],
      [{ 'retry-after-ms': '40' }, 40],
      [{ 'retry-after': new Date(0).toUTCString() }, 0],
    ])('tells how long to wait: %j', async (headers, retryAfterMs) => {
      expect(await failure(post(text(429, '', headers)))).toMatchObject({ status: 429, retryAfterMs });
    });

    it.each([
      [{}, 7_000],
      [{ 'retry-after': '3' }, 3_000],
    ])('tells how long the body asks to wait, where no header does: %j', async (headers, retryAfterMs) => {
      const told = { readError: () => ({ message: 'm', retryAfterMs: 7_000 }) };
      expect(await failure(post(text(429, '', headers), told))).toMatchObject({ status: 429, retryAfterMs });
    });

    it.each<[string, Reply]>([
      ['is cut', stream('application/json', ['{"error":', closeConnection], { status: 503 })],
      ['is too large to be a message', text(503, 'x'.repeat(70_000))],
      [
        'inflates to more than a message',
        stream('text/plain', [gzipSync('x'.repeat(70_000))], { ...GZIP, status: 503 }),
      ],
      ['is compressed in an unknown way', text(503, 'x', { 'content-encoding': 'zstd' })],
    ])('keeps the status when the error body %s', async (_what, reply) => {
      expect(await failure(post(reply))).toMatchObject({ kind: 'refused', status: 503, callerMessage: 'read: ' });
    });

    it('reads an error body that is compressed', async () => {
      const reply = stream('application/json', [gzipSync('why')], { ...GZIP, status: 429 });
      expect(await failure(post(reply))).toMatchObject({ status: 429, callerMessage: 'read: why' });
    });

    it('does not wait for an error body longer than for an answer', async () => {
      const timeouts = { ...TIMEOUTS, totalMs: 100 };
      expect(await failure(post(stream('text/plain', ['x', stall], { status: 500 }), { timeouts }))).toMatchObject({
        kind: 'timeout',
        phase: 'total',
      });
    });
  });

  it('reads an answer that is compressed, and uses its connection again', async () => {
    fake.on('POST', '/x', stream('application/json', [gzipSync('{"a":1}')], GZIP));
    const client = create();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await client.postJson('/x', {}, context())).toEqual({ a: 1 });
      await setImmediate();
    }
    expect(fake.requests[0]?.headers['accept-encoding']).toBe('identity');
    expect(fake.totalConnections).toBe(1);
  });

  describe('when a buffered answer is not whole', () => {
    const CASES: [string, Reply, string, string][] = [
      ['is no JSON', text(200, '<html>'), 'bad_response', 'p answered with something that is not JSON.'],
      ['is empty', text(200, ''), 'bad_response', 'p answered with something that is not JSON.'],
      [
        'is no content',
        ({ response }) => void response.writeHead(204).end(),
        'bad_response',
        'p answered with something that is not JSON.',
      ],
      [
        'is no UTF-8',
        stream('application/json', [Uint8Array.of(0x22, 0xff, 0x22)]),
        'bad_response',
        'p sent an answer that cannot be read: it is not UTF-8.',
      ],
      [
        'ends by a FIN',
        stream('application/json', ['{"a":', closeConnection]),
        'stream_broken',
        'p broke off its answer (UND_ERR_SOCKET).',
      ],
      [
        'is shorter than promised',
        raw('HTTP/1.1 200 OK', 'content-type: application/json', 'content-length: 100', '', '{"a":1}'),
        'stream_broken',
        'p broke off its answer (UND_ERR_SOCKET).',
      ],
      [
        'has broken chunks',
        raw('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '7', '{"a":1}', 'zz', ''),
        'stream_broken',
        'p broke off its answer (broken connection).',
      ],
      [
        'has no last chunk',
        raw('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '7', '{"a":1}', ''),
        'stream_broken',
        'p broke off its answer (UND_ERR_SOCKET).',
      ],
      [
        'is a part of a compressed one',
        stream('application/json', [gzipSync('{"a":1}').subarray(0, -4)], GZIP),
        'stream_broken',
        'p broke off its answer (Z_BUF_ERROR).',
      ],
      [
        'is not compressed and says so',
        text(200, '{"a":1}', GZIP.headers),
        'bad_response',
        'p sent an answer that cannot be read: it cannot be inflated (Z_DATA_ERROR).',
      ],
      ['never begins', closeConnection, 'connection_failed', 'p could not be reached (UND_ERR_SOCKET).'],
      ['never begins, by an RST', resetConnection, 'connection_failed', 'p could not be reached (ECONNRESET).'],
      ['is no HTTP', raw('SSH-2.0-OpenSSH', ''), 'connection_failed', 'p could not be reached (broken connection).'],
    ];

    it.each(CASES)('because it %s', async (_why, reply, kind, message) => {
      expect(await failure(post(reply))).toMatchObject({ kind, message, provider: 'p' });
    });

    it('because the connection is reset', async () => {
      const held = latch();
      const broken = post(stream('application/json', ['{"a":', held, resetConnection]));
      await fake.request('/x');
      held.open();
      const error = await failure(broken);
      expect(error).toMatchObject({
        kind: 'stream_broken',
        message: expect.stringMatching(/^p broke off its answer \(\w+\)\.$/),
      });
    });
  });

  describe('when there is no connection', () => {
    it('says so, without the address', async () => {
      const client = create();
      await fake.stop();
      const error = await failure(client.getJson('/x', context()));
      expect(error).toMatchObject({ kind: 'connection_failed', message: 'p could not be reached (ECONNREFUSED).' });
      fake = await FakeUpstream.start();
    });

    it('says so for every address of a name that has several', async () => {
      const client = create({ baseUrl: `http://localhost:${fake.port}` });
      await fake.stop();
      const error = await failure(client.getJson('/x', context()));
      expect(error.message).toBe('p could not be reached (ECONNREFUSED).');
      fake = await FakeUpstream.start();
    });

    describe('because the handshake gets no answer', () => {
      let silent: Server;

      beforeEach(async () => {
        silent = createServer((socket) => void socket.on('error', () => undefined).resume());
        silent.listen(0, '127.0.0.1');
        await once(silent, 'listening');
      });

      afterEach(() => new Promise((resolve) => silent.close(resolve)));

      it('names the connect timeout', async () => {
        const { port } = silent.address() as AddressInfo;
        const timeouts = { ...TIMEOUTS, connectMs: 50 };
        const error = await failure(
          create({ baseUrl: `https://127.0.0.1:${port}`, timeouts }).getJson('/x', context()),
        );
        expect(error).toMatchObject({ kind: 'timeout', phase: 'connect' });
        expect(error.message).toContain('50 ms');
      });
    });
  });

  describe('stops', () => {
    it.each<[string, Reply]>([
      ['before the headers', stall],
      ['in the body', stream('application/json', ['{', stall])],
    ])('a buffered answer when its time is over %s', async (_when, reply) => {
      const error = await failure(post(reply, { timeouts: { ...TIMEOUTS, totalMs: 5_000, bufferedMs: 100 } }));
      expect(error).toMatchObject({ kind: 'timeout', phase: 'total' });
      await (
        await fake.request('/x')
      ).gone;
    });

    it.each<[string, Reply]>([
      ['before the headers', stall],
      ['in the body', stream('application/json', ['{', stall])],
      ['in an error body', stream('application/json', ['{', stall], { status: 500 })],
    ])("when the caller leaves %s, with the caller's reason", async (_when, reply) => {
      const leaving = new AbortController();
      fake.on('POST', '/x', reply);
      const asked = failure(create().postJson('/x', {}, context(leaving.signal)));
      const request = await fake.request('/x');
      const reason = new RangeError('left');
      leaving.abort(reason);
      expect(await asked).toBe(reason);
      await request.gone;
    });

    it('before it begins when the caller has left', async () => {
      const reason = new RangeError('left');
      expect(await failure(create().getJson('/x', context(AbortSignal.abort(reason))))).toBe(reason);
      expect(fake.requests).toEqual([]);
    });

    it('everything when it is closed', async () => {
      fake.on('GET', '/x', stall);
      const client = create();
      const asked = failure(client.getJson('/x', context()));
      await fake.request('/x');
      await client.close();
      expect((await asked).kind).toBe('connection_failed');
    });
  });

  describe('opens a stream', () => {
    const open = async (reply: Reply): Promise<string> => {
      fake.on('POST', '/x', reply);
      const client = create();
      const call = client.startCall(context(), 'stream');
      try {
        const { body } = await client.openStream('/x', {}, call);
        return await readBody(body, 1_000);
      } finally {
        call.end();
      }
    };

    it.each<[string, Reply]>([
      ['that says it is one', sseStream('data: a\n\n')],
      ['that says it is JSON', stream('application/json', ['data: a\n\n'])],
      ['that says it is a text', stream('text/plain; charset=utf-8', ['data: a\n\n'])],
      ['that says it is bytes', stream('application/octet-stream', ['data: a\n\n'])],
      ['that names no type', ({ response }) => void response.writeHead(200).end('data: a\n\n')],
      ['that is compressed', stream('text/event-stream', [gzipSync('data: a\n\n')], GZIP)],
    ])('%s', async (_what, reply) => {
      expect(await open(reply)).toBe('data: a\n\n');
    });

    it.each<[string, Reply, object]>([
      ['an error status', json(503, {}), { kind: 'refused', status: 503 }],
      ['a broken connection', closeConnection, { kind: 'connection_failed' }],
      [
        'an unknown compression',
        text(200, 'x', { 'content-encoding': 'zstd' }),
        { kind: 'bad_response', message: expect.stringContaining('not asked for') },
      ],
    ])('but not for %s', async (_what, reply, expected) => {
      expect(await failure(open(reply))).toMatchObject(expected);
    });

    it('within the time to the first token', async () => {
      const held = latch();
      fake.on('POST', '/x', after(held, sseStream('data: a\n\n')));
      const client = create({ timeouts: { ...TIMEOUTS, firstTokenMs: 100 } });
      const call = client.startCall(context(), 'stream');
      const error = await failure(client.openStream('/x', {}, call));
      expect(error).toMatchObject({ kind: 'timeout', phase: 'first_token' });
      held.open();
    });
  });
});
