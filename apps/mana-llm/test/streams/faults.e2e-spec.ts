import {
  closeConnection,
  DONE,
  type Latch,
  latch,
  json,
  ollamaCompletion,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  openAiUsageChunk,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  stall,
  type Step,
  stream,
  text,
} from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { contentOf, finishReasonsOf, readStream } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';
import { expectBrokenStream } from './support/expect-broken-stream.js';
import { type Fault, OLLAMA_FAULTS, OPENAI_FAULTS } from './support/faults.js';

const CHAT = '/v1/chat/completions';

interface Upstream {
  model: string;
  path: string;
  contentType: string;
  /** A whole answer, and what a client has seen of it after so many events; undefined: nothing, not even headers. */
  events: string[];
  seen: (string | undefined)[];
}

const OPENAI: Upstream = {
  model: 'openai/m',
  path: CHAT,
  contentType: 'text/event-stream',
  events: [
    sse(openAiChunk({ delta: { role: 'assistant', content: '' } })),
    sse(openAiChunk({ delta: { content: 'Hel' } })),
    sse(openAiChunk({ delta: { content: 'lo' } })),
    sse(openAiChunk({ finish_reason: 'stop' })),
    sse(openAiUsageChunk()),
    sse(DONE),
  ],
  seen: [undefined, undefined, 'Hel', 'Hello', 'Hello', 'Hello'],
};

const OLLAMA: Upstream = {
  model: 'ollama/m',
  path: '/api/chat',
  contentType: 'application/x-ndjson',
  events: [
    ollamaLine({ content: 'Hel' }),
    ollamaLine({ content: 'lo' }),
    ollamaLine({ done: true, done_reason: 'stop' }),
  ],
  seen: [undefined, 'Hel', 'Hello'],
};

/** Every fault after every number of events that is not the whole answer. */
function everywhere({ seen }: Upstream, faults: Fault[]): [string, number, Fault][] {
  return faults.flatMap((fault) => seen.map((_, position): [string, number, Fault] => [fault.name, position, fault]));
}

describe('a stream ends in an error and never in [DONE]', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });

  const expectFault = async (upstream: Upstream, position: number, fault: Fault): Promise<void> => {
    const { model, path, contentType, events, seen } = upstream;
    const content = seen[position];
    const held: Latch = latch();
    const steps: Step[] = [...events.slice(0, position), held, ...fault.steps];
    scene.upstream.on(
      'POST',
      path,
      stream(contentType, steps, fault.headers === undefined ? {} : { headers: fault.headers }),
    );
    if (content === undefined) held.open();
    const response = await scene.chat({ model, stream: true, stream_options: { include_usage: true } });
    if (content === undefined) {
      const error = await expectError(response, fault.status, {
        ...(fault.message === undefined ? {} : { message: fault.message }),
      });
      expect(fault.codes).toContain(error.code);
      expect(error.message).not.toContain('oops');
    } else {
      const reader = new StreamReader(response);
      await reader.readUntil(content.slice(-2));
      held.open();
      const error = expectBrokenStream(await reader.rest(), content);
      expect(fault.codes).toContain(error?.code);
      if (fault.message !== undefined) expect(error?.message).toContain(fault.message);
    }
    const isOver = fault.steps.at(-1) !== stall;
    if (!isOver) await scene.upstream.requestsTo(path)[0]?.gone;
  };

  it.each(everywhere(OPENAI, OPENAI_FAULTS))(
    'when an OpenAI-compatible upstream %s after %i events',
    (_name, position, fault) => expectFault(OPENAI, position, fault),
  );

  it.each(everywhere(OLLAMA, OLLAMA_FAULTS))('when Ollama %s after %i lines', (_name, position, fault) =>
    expectFault(OLLAMA, position, fault),
  );
});

describe('an answer to a stream request that is no stream', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });

  it.each<[string, Reply, number, ExpectedError]>([
    ['a JSON error inside a 200', json(200, { error: { message: 'No.', code: 503 } }), 503, { message: 'No.' }],
    [
      'an error as vLLM has it, inside a 200',
      json(200, { object: 'error', message: 'No.', code: 400 }),
      400,
      { message: 'No.' },
    ],
    ['JSON that is no answer', json(200, { id: 'oops' }), 502, { code: 'bad_response' }],
    ['a web page', text(200, '<html>oops</html>', { 'content-type': 'text/html' }), 502, { code: 'bad_response' }],
    [
      'a JSON error that calls itself a stream',
      text(200, '\n{\n "error": {"message": "No.", "code": 429}\n}', { 'content-type': 'text/event-stream' }),
      429,
      { message: 'No.' },
    ],
    [
      'a JSON error that says nothing of itself',
      ({ response }) => void response.writeHead(200).end('{"error":{"message":"No.","type":"invalid_request_error"}}'),
      400,
      { message: 'No.' },
    ],
    ['a text', text(200, 'oops', { 'content-type': 'text/plain' }), 502, {}],
    ['nothing', text(200, '', { 'content-type': 'text/event-stream' }), 502, { code: 'stream_broken' }],
  ])('is an error when it is %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', CHAT, reply);
    const error = await expectError(await scene.chat({ model: 'openai/m', stream: true }), status, expected);
    expect(error.message).not.toContain('oops');
  });
});

describe('an upstream that goes on', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });
  const whole = openAiStream(['Hel', 'lo']);
  const late = sse(openAiChunk({ delta: { content: 'oops' } }));

  it.each<[string, Step[]]>([
    ['in the same write', [whole + late]],
    ['in a write of its own', [whole, late]],
    ['with garbage', [whole, 'data: {"oops\n\n']],
    ['and never ends', [whole, late, stall]],
    ['and is reset', [whole, late, resetConnection]],
    ['and closes inside an event', [whole, 'data: {"oop', closeConnection]],
    ['with its error', [whole, sse({ error: { message: 'oops' } })]],
  ])('after [DONE], %s, has given its whole answer', async (_what, steps) => {
    scene.upstream.on('POST', CHAT, sseStream(...steps));
    const answer = await readStream(await scene.chat({ model: 'openai/m', stream: true }));
    expect(answer).toMatchObject({ isDone: true, error: undefined });
    expect(contentOf(answer)).toBe('Hello');
    expect(finishReasonsOf(answer)).toEqual(['stop']);
    expect(answer.text).not.toContain('oops');
  });

  it('after [DONE] with megabytes is cut', async () => {
    scene.upstream.on('POST', CHAT, sseStream(whole, late.repeat(20_000), stall));
    const answer = await readStream(await scene.chat({ model: 'openai/m', stream: true }));
    expect(answer.isDone).toBe(true);
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });

  it.each<[string, Step]>([
    ['content', late],
    ['a tool call', sse(openAiChunk({ delta: { tool_calls: [{ index: 0, id: 'x', function: { name: 'oops' } }] } }))],
  ])('after its finish reason, with %s, has broken it', async (_what, step) => {
    const finish = sse(openAiChunk({ finish_reason: 'stop' }));
    scene.upstream.on(
      'POST',
      CHAT,
      sseStream(sse(openAiChunk({ delta: { content: 'Hel' } })), finish, step, sse(DONE)),
    );
    const answer = await readStream(await scene.chat({ model: 'openai/m', stream: true }));
    expect(expectBrokenStream(answer, 'Hel')?.code).toBe('stream_broken');
  });
});

describe('a buffered answer is an error and never a half answer', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });

  /** Half of a body that says what is promised, and then this. */
  const half =
    (body: object, headers: Record<string, string>, ending: Reply): Reply =>
    async (exchange) => {
      const bytes = JSON.stringify(body);
      exchange.response.writeHead(200, { 'content-type': 'application/json', ...headers });
      await new Promise((written) => exchange.response.write(bytes.slice(0, bytes.length / 2), written));
      await ending(exchange);
    };
  const breakChunks: Reply = async (exchange) => {
    exchange.response.socket?.write('zz\r\noops\r\n');
    await stall(exchange);
  };
  const asJson = { 'content-type': 'application/json' };

  const faults = (body: object, broken: (message: object) => object): [string, Reply, number, ExpectedError][] => [
    ['is reset before the headers', resetConnection, 502, { code: 'connection_failed' }],
    ['closes before the headers', closeConnection, 502, { code: 'connection_failed' }],
    ['is reset in the body', half(body, {}, resetConnection), 502, {}],
    ['closes in a chunked body', half(body, {}, closeConnection), 502, { code: 'stream_broken' }],
    ['breaks its chunked encoding', half(body, {}, breakChunks), 502, { code: 'stream_broken' }],
    [
      'sends less than its content-length',
      half(body, { 'content-length': '100000' }, closeConnection),
      502,
      { code: 'stream_broken' },
    ],
    [
      'ends in the midst of its JSON',
      text(200, JSON.stringify(body).slice(0, -9), asJson),
      502,
      { code: 'bad_response' },
    ],
    ['sends garbage', text(200, 'oops', asJson), 502, { code: 'bad_response' }],
    [
      'sends bytes that are no UTF-8',
      ({ response }) => void response.writeHead(200, asJson).end(Buffer.from('{"a":"\xff"}', 'latin1')),
      502,
      { code: 'bad_response' },
    ],
    ['sends JSON that is no answer', json(200, ['oops']), 502, { code: 'bad_response' }],
    ['sends nothing', text(200, '', asJson), 502, { code: 'bad_response' }],
    [
      'sends an error inside a 200',
      json(200, { error: 'The engine stopped.' }),
      502,
      { message: 'The engine stopped.' },
    ],
    [
      'sends nested error text inside a 200',
      json(200, { error: '{"error":{"code":503,"message":"Busy."}}' }),
      503,
      { message: 'Busy.' },
    ],
    ['sends an unfinished answer', json(200, broken(body)), 502, { code: 'bad_response' }],
  ];

  it.each([
    ...faults(openAiCompletion(), () => openAiCompletion({ finish_reason: 'error' })),
    ['answers with a stream', sseStream(openAiStream(['oops'])), 502, { code: 'bad_response' }] as const,
    [
      'has no finish reason',
      json(200, { choices: [{ message: { content: 'oops' } }] }),
      502,
      { code: 'bad_response' },
    ] as const,
  ])('when an OpenAI-compatible upstream %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', CHAT, reply);
    const error = await expectError(await scene.chat({ model: 'openai/m' }), status, expected);
    expect(error.message).not.toContain('oops');
  });

  it.each(faults(ollamaCompletion(), () => ollamaCompletion({ done: false })))(
    'when Ollama %s',
    async (_what, reply, status, expected) => {
      scene.upstream.on('POST', '/api/chat', reply);
      const error = await expectError(await scene.chat({ model: 'ollama/m' }), status, expected);
      expect(error.message).not.toContain('oops');
    },
  );
});
