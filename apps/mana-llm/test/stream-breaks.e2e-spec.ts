import {
  closeConnection,
  DONE,
  latch,
  ndjsonStream,
  ollamaLine,
  openAiChunk,
  openAiError,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  type Step,
} from '@mana-llm/llm-providers/testing';
import { type ExpectedError, expectErrorShape } from './support/expect-error.js';
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
      const held = latch();
      await breakAfterContent('openai/m', '/v1/chat/completions', sseStream(sse(HEL), held, ...steps), held, expected);
    },
  );

  it.each(OLLAMA_BREAKS)(
    'ends in an error frame and never in [DONE] when Ollama %s',
    async (_what, steps, expected) => {
      const held = latch();
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
