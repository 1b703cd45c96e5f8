import {
  closeConnection,
  DONE,
  gate,
  json,
  ndjsonStream,
  ollamaLine,
  openAiChunk,
  openAiError,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  type Step,
  text,
} from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError, expectErrorShape } from './support/expect-error.js';
import { useScene } from './support/scene.js';
import { contentOf, finishReasonsOf } from './support/stream-answer.js';
import { StreamReader } from './support/stream-reader.js';

const HEL = openAiChunk({ delta: { role: 'assistant', content: 'Hel' } });
const FINISH = openAiChunk({ finish_reason: 'stop' });
const BROKEN: ExpectedError = { type: 'upstream_error', code: 'stream_broken' };
const BAD: ExpectedError = { type: 'upstream_error', code: 'bad_response' };

const OPENAI_BREAKS: [string, Step[], ExpectedError][] = [
  ['is reset', [resetConnection], BROKEN],
  ['closes its connection', [closeConnection], BROKEN],
  ['closes its connection inside an event', ['data: {"id":"x","choices":[{"del', closeConnection], BROKEN],
  ['ends inside an event', ['data: {"id":"x","choices":[{"del'], {}],
  ['ends without finish reason and marker', [], BROKEN],
  ['ends with a finish reason and without its marker', [sse(FINISH)], BROKEN],
  ['says [DONE] without a finish reason', [sse(DONE)], BROKEN],
  ['sends garbage', [sse('{"oops'), sse(FINISH, DONE)], BAD],
  ['sends JSON that is no chunk', [sse('"oops"'), sse(FINISH, DONE)], BAD],
  ['goes on after its finish reason', [sse(FINISH, openAiChunk({ delta: { content: 'oops' } }), DONE)], {}],
  ['sends an error event', [sse(openAiError('The engine stopped.'))], { message: 'The engine stopped.' }],
  [
    'sends an error event with a numeric code',
    [sse({ error: { code: 502, message: 'The engine stopped.' } })],
    { message: 'The engine stopped.' },
  ],
  [
    'sends an error event beside choices',
    [sse({ ...FINISH, error: { code: 500, message: 'The engine stopped.' } }, DONE)],
    { message: 'The engine stopped.' },
  ],
  ['finishes with error', [sse(openAiChunk({ finish_reason: 'error' }), DONE)], {}],
];

const OLLAMA_BREAKS: [string, Step[], ExpectedError][] = [
  ['is reset', [resetConnection], BROKEN],
  ['closes its connection', [closeConnection], BROKEN],
  ['ends without done', [], BROKEN],
  ['ends inside a line', ['{"message":{"content":"oo'], {}],
  ['sends garbage', ['{"oops\n'], BAD],
  [
    'sends its error line',
    ['{"error":"model runner has unexpectedly stopped"}\n'],
    { message: 'unexpectedly stopped' },
  ],
  [
    'sends an error line of nested JSON text',
    [`${JSON.stringify({ error: '{"error":{"code":500,"message":"out of memory"}}' })}\n`],
    { message: 'out of memory' },
  ],
];

describe('a stream that breaks after its first content', () => {
  const scene = useScene();

  const breakAfterContent = async (
    model: string,
    path: string,
    start: Reply,
    held: { open(): void },
    expected: ExpectedError,
  ): Promise<void> => {
    scene.upstream.on('POST', path, start);
    const response = await scene.chat({ model, stream: true, stream_options: { include_usage: true } });
    expect(response.status).toBe(200);
    const reader = new StreamReader(response);
    await reader.readUntil('Hel');
    held.open();
    const stream = await reader.rest();
    expect(contentOf(stream)).toBe('Hel');
    expectErrorShape(stream.error, expected);
    expect(stream.isDone).toBe(false);
    expect(finishReasonsOf(stream)).toEqual([]);
    expect(stream.text).not.toMatch(/oops|\[DONE\]/);
    expect(stream.text.endsWith('\n\n')).toBe(true);
  };

  it.each(OPENAI_BREAKS)(
    'ends in an error frame and never in [DONE] when an OpenAI-compatible upstream %s',
    async (_what, steps, expected) => {
      const held = gate();
      await breakAfterContent('openai/m', '/v1/chat/completions', sseStream(sse(HEL), held, ...steps), held, expected);
    },
  );

  it.each(OLLAMA_BREAKS)(
    'ends in an error frame and never in [DONE] when Ollama %s',
    async (_what, steps, expected) => {
      const held = gate();
      await breakAfterContent(
        'ollama/m',
        '/api/chat',
        ndjsonStream(ollamaLine({ content: 'Hel' }), held, ...steps),
        held,
        expected,
      );
    },
  );
});

describe('a stream that breaks before its first content', () => {
  const scene = useScene();
  const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));

  it.each<[string, Reply, number, ExpectedError]>([
    ['is reset without an answer', resetConnection, 502, { type: 'upstream_error', code: 'connection_failed' }],
    ['closes after the headers', sseStream(closeConnection), 502, { type: 'upstream_error' }],
    ['is reset after the role', sseStream(ROLE, resetConnection), 502, { type: 'upstream_error' }],
    ['ends after the role', sseStream(ROLE), 502, { type: 'upstream_error', code: 'stream_broken' }],
    ['says [DONE] and nothing else', sseStream(sse(DONE)), 502, { type: 'upstream_error' }],
    ['begins with garbage', sseStream(sse('{"oops')), 502, { type: 'upstream_error', code: 'bad_response' }],
    [
      'begins with an error',
      sseStream(ROLE, sse(openAiError('The engine stopped.'))),
      502,
      { message: 'The engine stopped.' },
    ],
    [
      'begins with an error of code 429',
      sseStream(sse({ error: { code: 429, message: 'Slow down.' } })),
      429,
      { type: 'rate_limit_error', message: 'Slow down.' },
    ],
    [
      'begins with an invalid_request_error',
      sseStream(sse(openAiError('No such field.', { type: 'invalid_request_error' }))),
      400,
      { type: 'invalid_request_error' },
    ],
    [
      'answers with a web page',
      text(200, '<html>oops</html>', { 'content-type': 'text/html' }),
      502,
      { code: 'bad_response' },
    ],
    [
      'answers 200 with an error in JSON',
      json(200, { error: { code: 503, message: 'Overloaded.' } }),
      503,
      { type: 'upstream_error', message: 'Overloaded.' },
    ],
  ])('is an ordinary HTTP error when the upstream %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', '/v1/chat/completions', reply);
    const error = await expectError(await scene.chat({ model: 'openai/m', stream: true }), status, expected);
    expect(error.message).not.toContain('oops');
  });

  it.each<[string, Reply, number, ExpectedError]>([
    ['is reset without an answer', resetConnection, 502, { type: 'upstream_error', code: 'connection_failed' }],
    ['ends without a line', ndjsonStream(), 502, { type: 'upstream_error' }],
    ['begins with its error line', ndjsonStream('{"error":"out of memory"}\n'), 502, { message: 'out of memory' }],
  ])('is an ordinary HTTP error when Ollama %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', '/api/chat', reply);
    await expectError(await scene.chat({ model: 'ollama/m', stream: true }), status, expected);
  });
});

describe('a buffered answer that breaks', () => {
  const scene = useScene();
  const half =
    (ending: Reply): Reply =>
    async (exchange) => {
      exchange.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4000' });
      await new Promise((written) => exchange.response.write('{"id":"x","choices":[', written));
      await ending(exchange);
    };

  it.each<[string, Reply, number, ExpectedError]>([
    ['is reset without an answer', resetConnection, 502, { type: 'upstream_error', code: 'connection_failed' }],
    ['is reset inside the body', half(resetConnection), 502, { type: 'upstream_error' }],
    ['closes before content-length', half(closeConnection), 502, { type: 'upstream_error' }],
    ['is no JSON', text(200, 'oops', { 'content-type': 'application/json' }), 502, { code: 'bad_response' }],
    ['is empty', text(200, ''), 502, { code: 'bad_response' }],
    ['has no choices', json(200, { id: 'x', object: 'chat.completion' }), 502, { code: 'bad_response' }],
    [
      'is an error inside a 200',
      json(200, openAiError('The engine stopped.')),
      502,
      { message: 'The engine stopped.' },
    ],
    [
      'is an error inside a 200 with a numeric code',
      json(200, { error: { code: 404, message: 'No such model.' } }),
      404,
      { message: 'No such model.' },
    ],
  ])('is an error and no half answer when it %s', async (_what, reply, status, expected) => {
    scene.upstream.on('POST', '/v1/chat/completions', reply);
    const error = await expectError(await scene.chat({ model: 'openai/m' }), status, expected);
    expect(error.message).not.toContain('oops');
  });
});
