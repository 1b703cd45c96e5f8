import { LlmAbortError, LlmError, LlmStreamBrokenError, LlmTimeoutError, LlmUnavailableError } from './errors.js';
import { createLlmClient, type LlmClient } from './llm-client.js';
import { closeConnection, RawServer, type RawStep, resetConnection } from './testing/raw-server.js';

// The rows of the gateway's docs/streams.md as its client sees them, over real connections.

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: r-1\r\n';
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
const END = '0\r\n\r\n';
/** In which what was sent arrives, on a busy machine too. */
const DEADLINE_MS = 1_000;
const REQUEST = { messages: [{ role: 'user' as const, content: 'Say hello.' }] };

const httpChunk = (text: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n`), Buffer.from(text), Buffer.from('\r\n')]);
const event = (data: object | string): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const frame = (delta: object, finish_reason: string | null = null): string =>
  event({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'a/b',
    choices: [{ index: 0, delta, finish_reason }],
  });
const errorFrame = (code: string | null, type = 'upstream_error'): string =>
  event({ error: { message: 'The engine stopped.', type, param: null, code } });

/** A whole answer but for its end marker, and the text after so many of its events. */
const EVENTS = [
  frame({ role: 'assistant', content: '' }),
  frame({ content: 'Hel' }),
  frame({ content: 'lo 🎉' }),
  frame({}, 'stop'),
];
const TEXTS = ['', '', 'Hel', 'Hello 🎉', 'Hello 🎉'];
const DONE = event('[DONE]');

const server = new RawServer();
let client: LlmClient;

beforeAll(async () => {
  await server.listen();
  client = createLlmClient({ baseUrl: server.url });
});
afterAll(() => server.close());

const failureOf = async (promise: Promise<unknown>): Promise<LlmError> => {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(LlmError);
    return error as LlmError;
  }
  throw new Error('It did not fail.');
};

/** Answers with so many events, and with the rest when the client has read them. Gives what the client threw. */
async function readBroken(count: number, rest: RawStep[], timeoutMs?: number, head = CHUNKED): Promise<LlmError> {
  let goOn!: () => void;
  const isRead = new Promise<void>((resolve) => (goOn = resolve));
  const events = EVENTS.slice(0, count).map((text) => (head === CHUNKED ? httpChunk(text) : text));
  server.answer(head, ...events, () => isRead, ...rest);
  if (count === 0) goOn();
  const stream = client.chatStream(REQUEST, { timeoutMs });
  let seen = 0;
  const read = async (): Promise<void> => {
    for await (const _ of stream) {
      seen += 1;
      if (seen === count) goOn();
    }
  };
  const error = await failureOf(read());
  expect(await failureOf(stream.completion())).toBe(error);
  expect({ seen, partialText: error.partialText, requestId: error.requestId }).toEqual({
    seen: count,
    partialText: TEXTS[count],
    requestId: 'r-1',
  });
  return error;
}

const everywhere = <Rest extends unknown[]>(rows: [string, ...Rest][]): [string, number, ...Rest][] =>
  rows.flatMap(([name, ...rest]) => TEXTS.map((_, count): [string, number, ...Rest] => [name, count, ...rest]));

describe('a stream whose connection breaks', () => {
  const half = frame({ content: 'oops' }).slice(0, -20);

  it.each(
    everywhere<[RawStep[]]>([
      ['closes', [closeConnection]],
      ['closes inside an event', [httpChunk(half), closeConnection]],
      ['closes inside a character', [httpChunk(Buffer.from('data: "🎉').subarray(0, -2)), closeConnection]],
      ['ends without [DONE]', [END]],
      ['ends inside an event', [httpChunk(half), END]],
      ['breaks its chunked encoding', ['zz\r\noops\r\n']],
      ['ends in [DONE] without a blank line and a finish_reason', [httpChunk('data: [DONE]'), closeConnection]],
    ]),
  )('when it %s after %i events is LlmStreamBrokenError', async (_name, count, rest) => {
    const error = await readBroken(count, rest);
    expect(error).toBeInstanceOf(LlmStreamBrokenError);
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', code: 'stream_broken', status: 200 });
  });

  // Before the first event the reset may take the head with it.
  it.each([1, 2, 3, 4])('when it is reset after %i events is LlmStreamBrokenError', async (count) => {
    expect(await readBroken(count, [resetConnection])).toMatchObject({
      name: 'LlmStreamBrokenError',
      code: 'stream_broken',
    });
  });

  it.each([0, 1, 2, 3, 4])('when it sends less than its content-length after %i events is the same', async (count) => {
    const error = await readBroken(count, [closeConnection], undefined, `${HEAD}content-length: 100000\r\n\r\n`);
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', code: 'stream_broken' });
  });

  it('is LlmStreamBrokenError with the text of the whole events, wherever it is cut', async () => {
    const bytes = Buffer.from(EVENTS.join('') + DONE);
    const ends = EVENTS.map((_, at) => Buffer.byteLength(EVENTS.slice(0, at + 1).join('')));
    for (let at = 0; at < bytes.length - 1; at += 7) {
      server.answer(CHUNKED, ...(at === 0 ? [] : [httpChunk(bytes.subarray(0, at))]), closeConnection);
      const error = await failureOf(client.textStream('Say hello.').completion());
      const text = TEXTS[ends.filter((end) => end <= at).length];
      expect({ at, name: error.name, text: error.partialText }).toEqual({ at, name: 'LlmStreamBrokenError', text });
    }
  });
});

describe('a stream with something that is no chunk', () => {
  it.each(
    everywhere<[string | Uint8Array]>([
      ['garbage', event('{"oops')],
      ['a text', event('"oops"')],
      ['null', event('null')],
      ['a list', event('[]')],
      ['an object without choices', event({ id: 'oops' })],
      ['a web page', event('<html>oops</html>')],
      ['half an event and the next one', `data: {"choices":[{"delta":{"content":"oops\n\n`],
      ['bytes that are no UTF-8', Buffer.from('data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', 'latin1')],
    ]),
  )('%s after %i events is LlmStreamBrokenError, and the connection is closed', async (_name, count, bytes) => {
    const error = await readBroken(count, [httpChunk(bytes)]);
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', code: 'stream_broken', status: 200 });
    await server.closed[0];
  });

  it.each<[string, string | Uint8Array]>([
    ['bytes that are no UTF-8', Buffer.of(0x64, 0xff, 0x0a)],
    ['garbage', event('{"oops')],
    ['an error', errorFrame(null)],
  ])('%s in the same read as events takes nothing of them away', async (_what, bytes) => {
    const events = Buffer.from(EVENTS.slice(0, 2).join(''));
    server.answer(CHUNKED, httpChunk(Buffer.concat([events, Buffer.from(bytes as Uint8Array)])));
    const error = await failureOf(client.chatStream(REQUEST).completion());
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', partialText: 'Hel' });
  });

  it.each([0, 1, 2, 3])('[DONE] after %i events, without a finish_reason, is LlmStreamBrokenError', async (count) => {
    const error = await readBroken(count, [httpChunk(DONE), END]);
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', code: 'stream_broken' });
    expect(error.message).toContain('finish_reason');
  });
});

describe('an error frame', () => {
  const CODES = [
    'stream_broken',
    'bad_response',
    'connection_failed',
    'rate_limit_exceeded',
    'upstream_auth_error',
    null,
  ];
  const OWN = ['server_draining', 'internal_error'];

  it.each(everywhere([...CODES, ...OWN].map((code): [string, string | null] => [`code ${code}`, code])))(
    'of %s after %i events is LlmStreamBrokenError with its code, and the connection is closed',
    async (_name, count, code) => {
      const error = await readBroken(count, [httpChunk(errorFrame(code))]);
      expect(error).toBeInstanceOf(LlmStreamBrokenError);
      expect(error).toMatchObject({ code, message: 'The engine stopped.', status: 200 });
      await server.closed[0];
    },
  );

  it.each(
    everywhere<[string]>([
      ['connect_timeout', 'connect'],
      ['first_token_timeout', 'first_token'],
      ['idle_timeout', 'idle'],
      ['total_timeout', 'total'],
      ['upstream_timeout', 'upstream'],
    ]),
  )('of %s after %i events is LlmTimeoutError that says which', async (code, count, which) => {
    const error = await readBroken(count, [httpChunk(errorFrame(code, 'timeout_error'))]);
    expect(error).toBeInstanceOf(LlmTimeoutError);
    expect(error).toMatchObject({ code, which, message: 'The engine stopped.' });
  });

  it('that nothing can be read of is LlmStreamBrokenError', async () => {
    const error = await readBroken(2, [httpChunk(event({ error: { message: 7 } }))]);
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', code: null });
  });
});

describe('a stream that has its [DONE]', () => {
  const whole = httpChunk(EVENTS.join('') + DONE);

  it.each<[string, RawStep[]]>([
    ['and ends', [END]],
    ['and another event', [httpChunk(frame({ content: 'oops' })), END]],
    ['and garbage', [httpChunk(event('{"oops')), END]],
    ['and an error', [httpChunk(errorFrame(null)), END]],
    ['and bytes that are no UTF-8', [httpChunk(Buffer.of(0xff)), END]],
    ['and is closed', [closeConnection]],
    ['and breaks its chunked encoding', ['zz\r\n']],
    ['and never ends', []],
  ])('%s, is whole', async (_what, rest) => {
    server.answer(CHUNKED, whole, ...rest);
    expect((await client.chatStream(REQUEST).completion()).choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'Hello 🎉' },
    });
  });

  it('and is reset then, is whole', async () => {
    let goOn!: () => void;
    const isRead = new Promise<void>((resolve) => (goOn = resolve));
    server.answer(CHUNKED, whole, () => isRead, resetConnection);
    const stream = client.chatStream(REQUEST);
    for await (const { choices } of stream) if (choices[0]?.finish_reason === 'stop') goOn();
    expect((await stream.completion()).choices[0]?.message.content).toBe('Hello 🎉');
  });

  it('in the last line, without a blank line, is whole', async () => {
    server.answer(CHUNKED, httpChunk(`${EVENTS.join('')}data: [DONE]`), END);
    expect(await client.textStream('Say hello.').completion()).toMatchObject({ model: 'a/b' });
  });

  it('and no content is whole and empty', async () => {
    server.answer(CHUNKED, httpChunk(frame({ role: 'assistant', content: '' }) + frame({}, 'stop') + DONE), END);
    const pieces: string[] = [];
    const stream = client.textStream('Say hello.');
    for await (const piece of stream) pieces.push(piece);
    expect(pieces).toEqual([]);
    expect((await stream.completion()).choices[0]?.message.content).toBe('');
  });
});

describe('before the head of the answer', () => {
  const calls: [string, () => Promise<unknown>][] = [
    ['a stream', () => client.textStream('Say hello.').completion()],
    ['a whole answer', () => client.text('Say hello.')],
  ];
  const both = <Rest extends unknown[]>(
    rows: [string, ...Rest][],
  ): [string, string, () => Promise<unknown>, ...Rest][] =>
    rows.flatMap(([what, ...rest]) =>
      calls.map(([name, call]): [string, string, () => Promise<unknown>, ...Rest] => [name, what, call, ...rest]),
    );

  it.each(
    both<[RawStep[]]>([
      ['a reset', [resetConnection]],
      ['a close', [closeConnection]],
      ['half a head', [CHUNKED.slice(0, 30), closeConnection]],
      ['no HTTP', ['oops\r\n\r\n', closeConnection]],
    ]),
  )('%s: %s is LlmUnavailableError, and it is asked for once', async (_name, _what, call, steps) => {
    server.answer(...steps);
    const error = await failureOf(call());
    expect(error).toBeInstanceOf(LlmUnavailableError);
    expect(error).toMatchObject({ code: 'connection_failed', status: undefined, partialText: undefined });
    expect(server.closed).toHaveLength(1);
  });

  it('nobody at the address is LlmUnavailableError', async () => {
    const gone = new RawServer();
    await gone.listen();
    const { url } = gone;
    await gone.close();
    const nobody = createLlmClient({ baseUrl: url });
    const error = await failureOf(nobody.textStream('Say hello.').completion());
    expect(error).toBeInstanceOf(LlmUnavailableError);
    expect(error.message).toContain('ECONNREFUSED');
    expect(await failureOf(nobody.text('Say hello.'))).toMatchObject({ code: 'connection_failed' });
  });

  const json = (status: number, error: object, headers = ''): RawStep[] => {
    const body = JSON.stringify({ error });
    return [`HTTP/1.1 ${status} X\r\nx-request-id: r-1\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`];
  };
  const error = (code: string | null, fields: object = {}) => ({
    message: 'No.',
    type: 't',
    param: null,
    code,
    ...fields,
  });
  const attempts = [{ model: 'a/b', reason: 'stream_broken' }];

  it.each(
    both<[RawStep[], object]>([
      ['502', json(502, error('stream_broken')), { name: 'LlmUnavailableError', code: 'stream_broken' }],
      ['503', json(503, error('no_candidate_left', { attempts })), { name: 'LlmUnavailableError', attempts }],
      ['503 of a drain', json(503, error('server_draining')), { name: 'LlmUnavailableError', code: 'server_draining' }],
      [
        '503 of a pull',
        json(503, error('model_loading'), 'retry-after: 5\r\n'),
        { name: 'LlmUnavailableError', retryAfterMs: 5_000 },
      ],
      ['500', json(500, error('internal_error')), { name: 'LlmUnavailableError', code: 'internal_error' }],
      ['504 connect', json(504, error('connect_timeout')), { name: 'LlmTimeoutError', which: 'connect' }],
      ['504 first token', json(504, error('first_token_timeout')), { name: 'LlmTimeoutError', which: 'first_token' }],
      ['504 total', json(504, error('total_timeout')), { name: 'LlmTimeoutError', which: 'total' }],
      ['504 of the provider', json(504, error('upstream_timeout')), { name: 'LlmTimeoutError', which: 'upstream' }],
      [
        '429',
        json(429, error('rate_limit_exceeded'), 'retry-after: 2\r\nretry-after-ms: 1500\r\n'),
        { name: 'LlmRateLimitError', retryAfterMs: 1_500 },
      ],
      ['429 of the queue', json(429, error('queue_full')), { name: 'LlmRateLimitError', retryAfterMs: undefined }],
      ['401', json(401, error('invalid_api_key')), { name: 'LlmAuthenticationError' }],
      ['403', json(403, error('host_not_allowed')), { name: 'LlmAuthenticationError' }],
      ['400', json(400, error(null, { param: 'top_p' })), { name: 'LlmRequestError', param: 'top_p' }],
      ['404', json(404, error('model_not_found')), { name: 'LlmRequestError', code: 'model_not_found' }],
      ['422', json(422, error(null)), { name: 'LlmRequestError' }],
      [
        '400 of the context',
        json(
          400,
          error('context_length_exceeded', {
            message: 'request (6010 tokens) exceeds the available context size (2048 tokens)',
          }),
        ),
        { name: 'LlmContextLengthError', promptTokens: 6_010, limit: 2_048 },
      ],
    ]),
  )('%s: a %s is the error that fits', async (_name, what, call, steps, expected) => {
    server.answer(...steps);
    const status = Number(what.slice(0, 3));
    expect(await failureOf(call())).toMatchObject({ status, requestId: 'r-1', partialText: undefined, ...expected });
  });

  it.each(
    both<[string]>([
      ['a web page of a proxy', 'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 12\r\n\r\n<html>oops</'],
      ['nothing', 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n'],
      ['half a body', 'HTTP/1.1 502 X\r\ncontent-length: 100\r\n\r\n{"error":'],
    ]),
  )('%s: %s with an error status is LlmUnavailableError', async (_name, _what, call, text) => {
    server.answer(text, closeConnection);
    expect(await failureOf(call())).toMatchObject({ name: 'LlmUnavailableError', code: null });
  });
});

describe('a whole answer', () => {
  const HALF = `HTTP/1.1 200 OK\r\nx-request-id: r-1\r\ncontent-length: 100\r\n\r\n{"id":`;

  it.each<[string, RawStep]>([
    ['closes', closeConnection],
    ['is reset', resetConnection],
  ])('that %s in its middle is LlmUnavailableError', async (_what, step) => {
    server.answer(HALF, step);
    expect(await failureOf(client.text('Hi.'))).toMatchObject({
      name: 'LlmUnavailableError',
      code: 'connection_failed',
    });
  });

  it('that is no JSON is LlmUnavailableError', async () => {
    server.answer('HTTP/1.1 200 OK\r\nx-request-id: r-1\r\ncontent-length: 4\r\n\r\noops');
    expect(await failureOf(client.text('Hi.'))).toMatchObject({
      name: 'LlmUnavailableError',
      code: 'bad_response',
      requestId: 'r-1',
    });
  });

  it('that stops in its middle is LlmTimeoutError at the deadline, and the connection is closed', async () => {
    server.answer(HALF);
    expect(await failureOf(client.text('Hi.', { timeoutMs: DEADLINE_MS }))).toMatchObject({
      name: 'LlmTimeoutError',
      which: 'total',
      requestId: 'r-1',
    });
    await server.closed[0];
  });
});

describe('leaving', () => {
  const HELLO: RawStep[] = [CHUNKED, ...EVENTS.slice(0, 2).map(httpChunk)];

  it.each([0, 1, 2, 3, 4])('silence after %i events is LlmTimeoutError at the deadline, and closes', async (count) => {
    const error = await readBroken(count, [], DEADLINE_MS);
    expect(error).toBeInstanceOf(LlmTimeoutError);
    expect(error).toMatchObject({ which: 'total', code: 'total_timeout' });
    await server.closed[0];
  });

  it('the loop closes the connection, and completion() is LlmAbortError', async () => {
    server.answer(...HELLO);
    const stream = client.textStream('Say hello.');
    for await (const piece of stream) {
      expect(piece).toBe('Hel');
      break;
    }
    expect(await failureOf(stream.completion())).toMatchObject({ name: 'LlmAbortError', partialText: 'Hel' });
    await server.closed[0];
  });

  it('the loop by an error of its own closes the connection', async () => {
    server.answer(...HELLO);
    const own = new Error('own');
    const read = async (): Promise<void> => {
      for await (const _ of client.chatStream(REQUEST)) throw own;
    };
    await expect(read()).rejects.toBe(own);
    await server.closed[0];
  });

  it.each(['abort()', 'a signal'])('by %s in the stream is LlmAbortError, and closes', async (how) => {
    server.answer(...HELLO);
    const stopping = new AbortController();
    const reason = new Error('The user left.');
    const stream = client.textStream('Say hello.', { signal: stopping.signal });
    const read = async (): Promise<void> => {
      for await (const _ of stream) {
        if (how === 'abort()') stream.abort();
        else stopping.abort(reason);
      }
    };
    const error = await failureOf(read());
    expect(error).toBeInstanceOf(LlmAbortError);
    expect(error).toMatchObject({ partialText: 'Hel', requestId: 'r-1' });
    if (how === 'a signal') expect(error.cause).toBe(reason);
    await server.closed[0];
  });

  it('by abort() while only completion() is awaited is LlmAbortError, and closes', async () => {
    let arrived!: () => void;
    const isThere = new Promise<void>((resolve) => (arrived = resolve));
    server.answer(...HELLO, () => arrived());
    const stream = client.chatStream(REQUEST);
    const failure = failureOf(stream.completion());
    await isThere;
    stream.abort();
    expect(await failure).toBeInstanceOf(LlmAbortError);
    await server.closed[0];
  });

  it.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ['a stream', (signal) => client.textStream('Say hello.', { signal }).completion()],
    ['a whole answer', (signal) => client.text('Say hello.', { signal })],
    ['vectors', (signal) => client.embed('hello', { signal })],
  ])('before the head of %s is LlmAbortError, and closes', async (_what, call) => {
    const stopping = new AbortController();
    server.answer(() => stopping.abort());
    expect(await failureOf(call(stopping.signal))).toBeInstanceOf(LlmAbortError);
    await server.closed[0];
  });

  it('before the call sends nothing', async () => {
    server.answer(...HELLO);
    const signal = AbortSignal.abort();
    expect(await failureOf(client.text('Hi.', { signal }))).toBeInstanceOf(LlmAbortError);
    const stream = client.textStream('Hi.');
    stream.abort();
    expect(await failureOf(stream.completion())).toBeInstanceOf(LlmAbortError);
    expect(server.closed).toHaveLength(0);
  });
});
