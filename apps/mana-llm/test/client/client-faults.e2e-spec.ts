import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createLlmClient, type LlmClient, LlmError, type LlmStream } from '@mana-llm/client';
import {
  closeConnection,
  DONE,
  type Latch,
  latch,
  json,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  stall,
  stream,
  text,
} from '@mana-llm/llm-providers/testing';
import { Scene, START_LIMIT_MS, useScene } from '../support/scene.js';
import { type Fault, OLLAMA_FAULTS, OPENAI_FAULTS } from '../streams/support/faults.js';

// The rows of docs/streams.md as @mana-llm/client throws them, through the gateway.

const CHAT = '/v1/chat/completions';
const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));

const clientOf = (scene: Scene, defaultModel = 'openai/m'): LlmClient =>
  createLlmClient({ baseUrl: scene.gateway.url, defaultModel });

async function failureOf(promise: Promise<unknown>): Promise<LlmError> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(LlmError);
    return error as LlmError;
  }
  throw new Error('It did not fail.');
}

/** Reads to the end, and opens the latch with the first text. */
async function readAll(answer: LlmStream<string>, held?: Latch): Promise<string> {
  let read = '';
  for await (const piece of answer) {
    read += piece;
    held?.open();
  }
  return read;
}

/** By the status of an error before the stream. */
const CLASSES: Record<number, string> = {
  400: 'LlmRequestError',
  429: 'LlmRateLimitError',
  502: 'LlmUnavailableError',
  503: 'LlmUnavailableError',
  504: 'LlmTimeoutError',
};

interface Upstream {
  model: string;
  path: string;
  contentType: string;
  /** Says nothing that a reader sees. */
  opening: string;
  hel: string;
}

const OPENAI: Upstream = { model: 'openai/m', path: CHAT, contentType: 'text/event-stream', opening: ROLE, hel: HEL };
const OLLAMA: Upstream = {
  model: 'ollama/m',
  path: '/api/chat',
  contentType: 'application/x-ndjson',
  opening: ollamaLine(),
  hel: ollamaLine({ content: 'Hel' }),
};

describe.each([
  ['an OpenAI-compatible upstream', OPENAI, OPENAI_FAULTS],
  ['Ollama', OLLAMA, OLLAMA_FAULTS],
] as [string, Upstream, Fault[]][])('when %s', (_who, { model, path, contentType, opening, hel }, faults) => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });
  const rows = faults.map((fault): [string, Fault] => [fault.name, fault]);
  const script = ({ steps, headers }: Fault, before: (string | Latch)[]): void =>
    void scene.upstream.on('POST', path, stream(contentType, [...before, ...steps], headers && { headers }));
  const upstreamGone = async ({ steps }: Fault): Promise<void> => {
    if (steps.at(-1) === stall) await scene.upstream.requestsTo(path)[0]?.gone;
  };

  it.each(rows)('%s in a stream, the client throws LlmStreamBrokenError with the text so far', async (_name, fault) => {
    const held = latch();
    script(fault, [hel, held]);
    const error = await failureOf(readAll(clientOf(scene, model).textStream('Say hello.', { requestId: 'r-1' }), held));
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', partialText: 'Hel', status: 200, requestId: 'r-1' });
    expect(fault.codes).toContain(error.code);
    if (fault.message !== undefined) expect(error.message).toContain(fault.message);
    await upstreamGone(fault);
  });

  it.each(rows)('%s before the first content, the client throws what its status says', async (_name, fault) => {
    script(fault, [opening]);
    const error = await failureOf(readAll(clientOf(scene, model).textStream('Say hello.', { requestId: 'r-1' })));
    const { status } = fault;
    expect(error).toMatchObject({ name: CLASSES[status], status, partialText: undefined, requestId: 'r-1' });
    expect(fault.codes).toContain(error.code);
    await upstreamGone(fault);
  });
});

describe('the client', () => {
  const scene = useScene({
    yaml: 'limits: { answerMb: 8 }\nproviders:\n  nobody: { kind: openai-compatible, baseUrl: "http://127.0.0.1:9/v1" }\n',
  });
  const finish = sse(openAiChunk({ finish_reason: 'stop' }));

  it.each<[string, Reply, object]>([
    ['a reset before an answer', resetConnection, { name: 'LlmUnavailableError', code: 'connection_failed' }],
    ['[DONE] without a finish reason', sseStream(HEL, sse(DONE)), { name: 'LlmStreamBrokenError', partialText: 'Hel' }],
    [
      'content after the finish reason',
      sseStream(HEL, finish, HEL, sse(DONE)),
      { name: 'LlmStreamBrokenError', partialText: 'Hel', code: 'stream_broken' },
    ],
    ['neither content nor a finish reason', sseStream(ROLE, sse(DONE)), { name: 'LlmUnavailableError', status: 502 }],
    ['a 429 as JSON in a 200', json(200, { error: { message: 'No.', code: 429 } }), { name: 'LlmRateLimitError' }],
    ['a 400 as JSON in a 200', json(200, { error: { message: 'No.', code: 400 } }), { name: 'LlmRequestError' }],
    ['other JSON', json(200, { id: 'oops' }), { name: 'LlmUnavailableError', code: 'bad_response' }],
    ['a web page', text(200, '<html>oops'), { name: 'LlmUnavailableError', code: 'bad_response' }],
    ['nothing', text(200, ''), { name: 'LlmUnavailableError', code: 'stream_broken' }],
    [
      'JSON that nests too deep',
      sseStream(sse('['.repeat(600))),
      { name: 'LlmUnavailableError', code: 'bad_response' },
    ],
    [
      'compressed bytes that end too early',
      stream('text/event-stream', [gzipSync(openAiStream(['Hel'])).subarray(0, 40)], {
        headers: { 'content-encoding': 'gzip' },
      }),
      { status: 502, code: 'stream_broken' },
    ],
    [
      'bytes that cannot be inflated',
      stream('text/event-stream', ['oops'], { headers: { 'content-encoding': 'gzip' } }),
      { name: 'LlmUnavailableError', status: 502 },
    ],
    ['503', json(503, { error: { message: 'Busy.' } }), { name: 'LlmUnavailableError', status: 503 }],
    ['401', json(401, { error: { message: 'No.' } }), { name: 'LlmUnavailableError', code: 'upstream_auth_error' }],
  ])('throws the error that fits for %s', async (_what, reply, expected) => {
    scene.upstream.on('POST', CHAT, reply);
    expect(await failureOf(readAll(clientOf(scene).textStream('Say hello.')))).toMatchObject(expected);
  });

  it('throws LlmUnavailableError where no connection can be made', async () => {
    const error = await failureOf(readAll(clientOf(scene, 'nobody/m').textStream('Say hello.')));
    expect(error).toMatchObject({ name: 'LlmUnavailableError', status: 502, code: 'connection_failed' });
  });

  it('throws LlmRequestError for a model that nobody has', async () => {
    const error = await failureOf(clientOf(scene, 'nowhere/x').text('Say hello.'));
    expect(error).toMatchObject({ name: 'LlmRequestError', code: 'model_not_found', status: 404 });
  });

  it.each<[string, Reply, string]>([
    ['data after [DONE]', sseStream(openAiStream(['Hel', 'lo']), HEL), 'Hello'],
    ['a whole answer as JSON', json(200, openAiCompletion({ message: { content: 'Hello' } })), 'Hello'],
    ['a whole and empty answer', sseStream(openAiStream([])), ''],
    ['an answer that is empty because of max_tokens', sseStream(openAiStream([], { finishReason: 'length' })), ''],
  ])('reads %s as a whole answer', async (_what, reply, expected) => {
    scene.upstream.on('POST', CHAT, reply);
    const answer = clientOf(scene).textStream('Say hello.');
    expect(await readAll(answer)).toBe(expected);
    expect((await answer.completion()).choices[0]?.finish_reason).toBeTruthy();
  });

  const half =
    (ending: Reply): Reply =>
    async (exchange) => {
      exchange.response.writeHead(200, { 'content-type': 'application/json' });
      await new Promise((written) => exchange.response.write('{"id":', written));
      await ending(exchange);
    };

  it.each<[string, Reply, object]>([
    ['is cut', half(closeConnection), { code: 'stream_broken' }],
    ['is reset', half(resetConnection), { status: 502 }],
    ['is no JSON', text(200, 'oops'), { code: 'bad_response' }],
    ['has no finish reason', json(200, { choices: [{ message: { content: 'oops' } }] }), { code: 'bad_response' }],
  ])('throws LlmUnavailableError where a buffered answer %s', async (_what, reply, expected) => {
    scene.upstream.on('POST', CHAT, reply);
    const error = await failureOf(clientOf(scene).text('Say hello.'));
    expect(error).toMatchObject({ name: 'LlmUnavailableError', status: 502, ...expected });
  });
});

describe('a timeout', () => {
  let silent: Server;
  const sockets = new Set<Socket>();
  let scene: Scene;

  // A server that takes the connection and says no word of TLS.
  beforeAll(async () => {
    silent = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const provider = (name: string, timeouts: string, url = '${UPSTREAM_URL}'): string =>
      `  ${name}: { kind: openai-compatible, baseUrl: "${url}/v1", timeouts: { ${timeouts} } }\n`;
    const providers = [
      provider('mute', 'connectMs: 50', `https://127.0.0.1:${port}`),
      provider('first', 'firstTokenMs: 60'),
      provider('idle', 'idleMs: 60'),
      provider('total', 'totalMs: 2000'),
    ];
    scene = new Scene({ yaml: `providers:\n${providers.join('')}` });
    await scene.start();
  }, START_LIMIT_MS);
  afterEach(() => scene.endTest());
  afterAll(async () => {
    await scene.stop();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it.each<[string, string, Reply, object]>([
    ['connect', 'mute/m', stall, { status: 504, code: 'connect_timeout' }],
    ['first_token', 'first/m', stall, { status: 504, code: 'first_token_timeout' }],
    ['idle', 'idle/m', sseStream(HEL, stall), { code: 'idle_timeout', partialText: 'Hel' }],
    ['total', 'total/m', sseStream(HEL, stall), { code: 'total_timeout', partialText: 'Hel' }],
  ])('of the gateway is LlmTimeoutError that says which: %s', async (which, model, reply, expected) => {
    scene.upstream.on('POST', CHAT, reply);
    const error = await failureOf(readAll(clientOf(scene, model).textStream('Say hello.')));
    expect(error).toMatchObject({ name: 'LlmTimeoutError', which, ...expected });
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });

  it("of the call ends the upstream's request, and is LlmTimeoutError", async () => {
    scene.upstream.on('POST', CHAT, stall);
    const client = clientOf(scene);
    const expected = { name: 'LlmTimeoutError', which: 'total', code: 'total_timeout' };
    expect(await failureOf(client.text('Say hello.', { timeoutMs: 100 }))).toMatchObject(expected);
    expect(await failureOf(readAll(client.textStream('Say hello.', { timeoutMs: 100 })))).toMatchObject(expected);
    await Promise.all(scene.upstream.requestsTo(CHAT).map(({ gone }) => gone));
  });

  it('of the call that the gateway tells is LlmTimeoutError with its status', async () => {
    scene.upstream.on('POST', CHAT, stall);
    // The client's own clock is longer here, so that it cannot come first.
    const headers = { 'x-request-timeout-ms': '100' };
    const expected = { name: 'LlmTimeoutError', which: 'total', status: 504 };
    expect(await failureOf(clientOf(scene).text('Say hello.', { headers }))).toMatchObject(expected);
    expect(await failureOf(readAll(clientOf(scene).textStream('Say hello.', { headers })))).toMatchObject(expected);
  });

  it('of the call inside a stream keeps its text', async () => {
    scene.upstream.on('POST', CHAT, sseStream(HEL, stall));
    const error = await failureOf(readAll(clientOf(scene).textStream('Say hello.', { timeoutMs: 2_000 })));
    expect(error).toMatchObject({ name: 'LlmTimeoutError', which: 'total', partialText: 'Hel' });
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });
});

describe("leaving ends the upstream's request", () => {
  const scene = useScene();
  const HELLO = sseStream(HEL, stall);

  const leave: [string, Reply, (client: LlmClient) => Promise<unknown>][] = [
    [
      'by leaving the loop',
      HELLO,
      async (client) => {
        for await (const _ of client.textStream('Say hello.')) break;
      },
    ],
    [
      'by abort()',
      HELLO,
      async (client) => {
        const answer = client.textStream('Say hello.');
        const read = async (): Promise<void> => {
          for await (const _ of answer) answer.abort();
        };
        expect(await failureOf(read())).toMatchObject({ name: 'LlmAbortError', partialText: 'Hel' });
      },
    ],
    [
      'by a signal in a stream',
      HELLO,
      async (client) => {
        const stopping = new AbortController();
        const read = async (): Promise<void> => {
          for await (const _ of client.textStream('Say hello.', { signal: stopping.signal })) stopping.abort();
        };
        expect(await failureOf(read())).toMatchObject({ name: 'LlmAbortError', partialText: 'Hel' });
      },
    ],
    ...[
      [
        'a stream',
        (client: LlmClient, signal: AbortSignal) => readAll(client.textStream('Say hello.', { signal })),
      ] as const,
      ['a buffered answer', (client: LlmClient, signal: AbortSignal) => client.text('Say hello.', { signal })] as const,
    ].map(([what, call]): [string, Reply, (client: LlmClient) => Promise<unknown>] => [
      `by a signal before the head of ${what}`,
      stall,
      async (client) => {
        const stopping = new AbortController();
        const asked = failureOf(call(client, stopping.signal));
        await scene.upstream.request(CHAT);
        stopping.abort();
        expect((await asked).name).toBe('LlmAbortError');
      },
    ]),
  ];

  it.each(leave)('%s', async (_how, reply, use) => {
    scene.upstream.on('POST', CHAT, reply);
    await use(clientOf(scene));
    await (
      await scene.upstream.request(CHAT)
    ).gone;
  });
});
