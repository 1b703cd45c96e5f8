import type { ChunkDelta } from '@mana-llm/openai-api';
import {
  DONE,
  latch,
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaLine,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  openAiUsageChunk,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { labelsOf, metricValue, parseMetrics } from '../support/metric-samples.js';
import { useScene } from '../support/scene.js';
import { contentOf, finishReasonsOf, readStream } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';
import { expectBrokenStream } from './support/expect-broken-stream.js';

const CHAT = '/v1/chat/completions';
const SECOND = '/together/v1/chat/completions';
const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));

/** Chunks that say nothing yet. */
const SILENT: [string, string][] = [
  ['a role', ROLE],
  ['an empty text', sse(openAiChunk({ delta: { content: '' } }))],
  ['an empty delta', sse(openAiChunk())],
  [
    'null in every field',
    sse({
      choices: [
        { index: 0, delta: { content: null, tool_calls: null, refusal: null, reasoning: null }, finish_reason: null },
      ],
    }),
  ],
  ['an empty list of tool calls', sse({ choices: [{ index: 0, delta: { tool_calls: [] }, finish_reason: null }] })],
  ['usage', sse(openAiUsageChunk())],
  ['a comment', ': OPENROUTER PROCESSING\n\n'],
];

const CONTENT: [string, ChunkDelta][] = [
  ['text', { content: 'Hel' }],
  ['reasoning', { reasoning_content: 'Hm.' }],
  ['reasoning under its short name', { reasoning: 'Hm.' }],
  [
    'a tool call',
    { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }] },
  ],
  ['a refusal', { refusal: 'No.' }],
];

describe('the opening of a stream', () => {
  const scene = useScene();

  it.each(SILENT)('is not there yet with %s', async (_what, silent) => {
    const held = latch();
    scene.upstream.on(
      'POST',
      CHAT,
      sseStream(
        silent,
        held,
        sse(openAiChunk({ delta: { content: 'Hel' } }), openAiChunk({ finish_reason: 'stop' }), DONE),
      ),
    );
    scene.upstream.on('POST', SECOND, json(200, openAiCompletion()));
    const opening = scene.chat({ model: 'openai/m', stream: true });
    await scene.upstream.request(CHAT);
    const others = Array.from({ length: 5 }, () =>
      scene.chat({ model: 'together/m' }).then((response) => response.text()),
    );
    const first = await Promise.race([opening, Promise.all(others).then(() => 'nothing yet')]);
    expect(first).toBe('nothing yet');
    held.open();
    expect(await readStream(await opening)).toMatchObject({ isDone: true });
  });

  it.each(SILENT)('turns into an ordinary error after %s', async (_what, silent) => {
    scene.upstream.on('POST', CHAT, sseStream(ROLE, silent, sse({ error: { code: 429, message: 'Slow down.' } })));
    const response = await scene.chat({ model: 'openai/m', stream: true });
    expect(response.headers.get('retry-after')).toBe('1');
    await expectError(response, 429, { type: 'rate_limit_error', message: 'Slow down.' });
  });

  it.each(CONTENT)('is there with %s, before anything else comes', async (_what, delta) => {
    scene.upstream.on('POST', CHAT, sseStream(ROLE, sse(openAiChunk({ delta })), stall));
    const leaving = new AbortController();
    const response = await scene.chat({ model: 'openai/m', stream: true }, { signal: leaving.signal });
    expect(response.status).toBe(200);
    const [field = ''] = Object.keys(delta);
    await new StreamReader(response).readUntil(`"${field}":`);
    leaving.abort();
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
  });

  it.each([
    ['thinking', ollamaLine({ thinking: 'Hm.' })],
    ['a tool call', ollamaLine({ tool_calls: [{ function: { name: 'f', arguments: {} } }] })],
  ])('is there with %s of Ollama', async (_what, line) => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine(), line, stall));
    const leaving = new AbortController();
    expect((await scene.chat({ model: 'ollama/m', stream: true }, { signal: leaving.signal })).status).toBe(200);
    leaving.abort();
    await scene.upstream.requestsTo('/api/chat')[0]?.gone;
  });
});

describe('a candidate that fails before its first content', () => {
  const scene = useScene({
    yaml: [
      'providers:',
      '  quick: { kind: openai-compatible, baseUrl: "${UPSTREAM_URL}/v1", timeouts: { firstTokenMs: 60 } }',
      'aliases:',
      '  hasty: { chain: [quick/m, together/m] }',
      '  two: { chain: [openai/m, together/m] }',
    ].join('\n'),
  });

  it.each<[string, Reply, string, string?]>([
    ['stalls', stall, 'timeout', 'hasty'],
    ['stalls after its role', sseStream(ROLE, stall), 'timeout', 'hasty'],
    ['is cut after its role', sseStream(ROLE, resetConnection), ''],
    ['says its error after its role', sseStream(ROLE, sse({ error: { message: 'Busy.' } })), 'server_error'],
    ['ends without content and finish reason', sseStream(ROLE), 'stream_broken'],
    ['ends whole and empty', sseStream(openAiStream([])), 'empty_response'],
    ['answers with JSON that is no answer', json(200, { id: 'x' }), 'bad_response'],
  ])('is followed by the next one when it %s', async (_what, reply, reason, alias = 'two') => {
    scene.upstream.on('POST', CHAT, reply);
    scene.upstream.on('POST', SECOND, sseStream(openAiStream(['Hel', 'lo'])));
    const response = await scene.chat({ model: alias, stream: true });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('together/m');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    const answer = await readStream(response);
    expect({ content: contentOf(answer), isDone: answer.isDone }).toEqual({ content: 'Hello', isDone: true });
    expect(new Set(answer.frames.map(({ model }) => model))).toEqual(new Set(['together/m']));
    if (reason === '') return;
    const samples = parseMetrics(await (await scene.get('/metrics')).text());
    expect(
      metricValue(samples, 'mana_llm_fallback_total', {
        from_model: alias === 'two' ? 'openai/m' : 'quick/m',
        to_model: 'together/m',
        reason,
      }),
    ).toBeGreaterThan(0);
  });

  it('is not followed by another once its first content is out: two voices are never mixed', async () => {
    scene.upstream.on('POST', CHAT, sseStream(sse(openAiChunk({ delta: { content: 'Hel' } }))));
    const answer = await readStream(await scene.chat({ model: 'two', stream: true }));
    expectBrokenStream(answer, 'Hel');
    expect(scene.upstream.requestsTo(SECOND)).toHaveLength(0);
  });
});

describe('an empty answer', () => {
  const scene = useScene({ yaml: 'aliases:\n  two: { chain: [openai/first, together/m] }\n' });
  const emptyCount = async (model: string): Promise<number> => {
    const samples = parseMetrics(await (await scene.get('/metrics')).text());
    return metricValue(samples, 'mana_llm_llm_errors_total', { ...labelsOf(model), error_type: 'empty_response' }) ?? 0;
  };

  it.each<[string, string, string, Reply]>([
    ['a stream', 'openai/only', CHAT, sseStream(openAiStream([]))],
    ['a stream of Ollama', 'ollama/only', '/api/chat', ndjsonStream(ollamaStream([]))],
  ])('from the only candidate is returned as it came, and counted: %s', async (_what, model, path, reply) => {
    scene.upstream.on('POST', path, reply);
    const response = await scene.chat({ model, stream: true, stream_options: { include_usage: true } });
    expect(response.status).toBe(200);
    const answer = await readStream(response);
    expect({ content: contentOf(answer), isDone: answer.isDone, reasons: finishReasonsOf(answer) }).toEqual({
      content: '',
      isDone: true,
      reasons: ['stop'],
    });
    expect(answer.frames.at(-1)?.usage).toMatchObject({ prompt_tokens: expect.any(Number) as number });
    expect(await emptyCount(model)).toBe(1);
  });

  it.each<[string, string, string, Reply]>([
    ['an answer', 'openai/whole', CHAT, json(200, openAiCompletion({ message: { content: '' } }))],
    ['an answer of Ollama', 'ollama/whole', '/api/chat', json(200, ollamaCompletion({ content: '' }))],
  ])('from the only candidate is returned as it came, and counted: buffered, %s', async (_what, model, path, reply) => {
    scene.upstream.on('POST', path, reply);
    const response = await scene.chat({ model });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'stop', message: { content: '' } }] });
    expect(await emptyCount(model)).toBe(1);
  });

  it('of a first candidate gives way to the next one, buffered too', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { content: null } })));
    scene.upstream.on('POST', SECOND, json(200, openAiCompletion()));
    const response = await scene.chat({ model: 'two' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('together/m');
    expect(await emptyCount('openai/first')).toBe(1);
  });

  it.each([
    ['max_tokens', 'length'],
    ['a filter', 'content_filter'],
  ] as const)('that %s explains is an answer, also of a first candidate', async (_what, finishReason) => {
    const before = await emptyCount('openai/first');
    scene.upstream.on(
      'POST',
      CHAT,
      sseStream(openAiStream([], { finishReason })),
      json(200, openAiCompletion({ message: { content: '' }, finish_reason: finishReason })),
    );
    const answer = await readStream(await scene.chat({ model: 'two', stream: true, max_tokens: 1 }));
    expect({ isDone: answer.isDone, reasons: finishReasonsOf(answer) }).toEqual({
      isDone: true,
      reasons: [finishReason],
    });
    expect((await scene.chat({ model: 'two', max_tokens: 1 })).headers.get('x-mana-llm-resolved')).toBe('openai/first');
    expect(await emptyCount('openai/first')).toBe(before);
  });

  it('that is not finished is an error', async () => {
    scene.upstream.on('POST', CHAT, sseStream(ROLE, sse(DONE)));
    await expectError(await scene.chat({ model: 'openai/m', stream: true }), 502, { code: 'stream_broken' });
  });
});
