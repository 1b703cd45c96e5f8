import {
  DONE,
  latch,
  json,
  openAiChunk,
  openAiStream,
  type Reply,
  resetConnection,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { labelsOf, type MetricSample, metricValue, parseMetrics } from '../support/metric-samples.js';
import { RawExchange } from '../support/raw-exchange.js';
import { useScene } from '../support/scene.js';
import { StreamReader } from '../support/stream-reader.js';

const CHAT = '/v1/chat/completions';
const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));
const FINISH = sse(openAiChunk({ finish_reason: 'stop' }));

describe('the metrics of streams', () => {
  const scene = useScene({
    yaml: 'providers:\n  idle: { kind: openai-compatible, baseUrl: "${UPSTREAM_URL}/v1", timeouts: { idleMs: 50 } }\n',
  });

  const samples = async (): Promise<MetricSample[]> => parseMetrics(await (await scene.get('/metrics')).text());
  const ends = async (): Promise<Record<string, number>> => {
    const found = (await samples()).filter(({ name }) => name === 'mana_llm_streams_total');
    return Object.fromEntries(found.map(({ labels, value }) => [labels['end'] ?? '', value]));
  };
  const count = async (name: string, model: string): Promise<number> =>
    metricValue(await samples(), name, labelsOf(model)) ?? 0;
  const read = async (model: string): Promise<void> => {
    await (await scene.chat({ model, stream: true })).text();
  };

  it.each<[string, string, Reply]>([
    ['complete', 'openai/m', sseStream(openAiStream(['Hello']))],
    ['upstream_error', 'openai/m', sseStream(HEL)],
    ['upstream_error', 'openai/m', sseStream(HEL, sse({ error: { message: 'No.' } }))],
    ['upstream_error', 'openai/m', sseStream(HEL, resetConnection)],
    ['timeout', 'idle/m', sseStream(HEL, stall)],
  ])('count an end as %s, once', async (end, model, reply) => {
    scene.upstream.on('POST', CHAT, reply);
    const before = await ends();
    await read(model);
    const after = await ends();
    expect({ ...after, [end]: (after[end] ?? 0) - (before[end] ?? 0) }).toEqual({ ...before, [end]: 1 });
  });

  it('count an end as client_closed, once', async () => {
    scene.upstream.on('POST', CHAT, sseStream(HEL, stall));
    const before = await ends();
    const client = new RawExchange(scene.gateway.url).post(
      CHAT,
      JSON.stringify({ model: 'openai/m', stream: true, messages: [{ role: 'user', content: 'x' }] }),
    );
    await client.received('Hel');
    client.leave();
    await scene.upstream.requestsTo(CHAT)[0]?.gone;
    const after = await ends();
    expect({ ...after, client_closed: (after['client_closed'] ?? 0) - (before['client_closed'] ?? 0) }).toEqual({
      ...before,
      client_closed: 1,
    });
  });

  it.each<[string, string, string]>([
    ['text', 'openai/ttft-text', HEL],
    ['reasoning', 'openai/ttft-reasoning', sse(openAiChunk({ delta: { reasoning_content: 'Hm.' } }))],
    [
      'a tool call',
      'openai/ttft-call',
      sse(openAiChunk({ delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] } })),
    ],
  ])('take the time to the first token at %s, not at the role', async (_what, model, content) => {
    const [atRole, atContent] = [latch(), latch()];
    scene.upstream.on('POST', CHAT, sseStream(ROLE, atRole, content, atContent, FINISH, sse(DONE)));
    const opening = scene.chat({ model, stream: true });
    await scene.upstream.request(CHAT);
    expect(await count('mana_llm_time_to_first_token_seconds_count', model)).toBe(0);
    atRole.open();
    const reader = new StreamReader(await opening);
    expect(await count('mana_llm_time_to_first_token_seconds_count', model)).toBe(1);
    atContent.open();
    await reader.rest();
    expect(await count('mana_llm_time_to_first_token_seconds_count', model)).toBe(1);
  });

  it('measure the time to the first token from the call to its content', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, sseStream(ROLE, held, HEL, FINISH, sse(DONE)));
    const startedAtMs = performance.now();
    const opening = scene.chat({ model: 'openai/ttft-time', stream: true });
    await scene.upstream.request(CHAT);
    const askedAtMs = performance.now();
    for (let others = 0; others < 10; others += 1) await (await scene.get('/health/live')).text();
    const heldMs = performance.now() - askedAtMs;
    held.open();
    await (await opening).text();
    const seconds = await count('mana_llm_time_to_first_token_seconds_sum', 'openai/ttft-time');
    expect(seconds * 1000).toBeGreaterThanOrEqual(heldMs * 0.9);
    expect(seconds * 1000).toBeLessThanOrEqual(performance.now() - startedAtMs);
  });

  it('have a time per output token of whole streams of two tokens and more, and of no other', async () => {
    const name = 'mana_llm_time_per_output_token_seconds_count';
    const usage = (completion_tokens: number) => ({
      usage: { prompt_tokens: 7, completion_tokens, total_tokens: 7 + completion_tokens },
    });
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo'], usage(5))));
    await read('openai/tpot-whole');
    expect(await count(name, 'openai/tpot-whole')).toBe(1);
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hello'], usage(1))));
    await read('openai/tpot-one');
    expect(await count(name, 'openai/tpot-one')).toBe(0);
    scene.upstream.on('POST', CHAT, sseStream(HEL));
    await read('openai/tpot-broken');
    expect(await count(name, 'openai/tpot-broken')).toBe(0);
  });

  it('know the requests that are in flight, streams included', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, sseStream(HEL, held, FINISH, sse(DONE)));
    const readers = [];
    for (let open = 0; open < 3; open += 1)
      readers.push(new StreamReader(await scene.chat({ model: 'openai/m', stream: true })));
    // The request for the metrics is the fourth.
    expect(metricValue(await samples(), 'mana_llm_requests_in_flight')).toBe(4);
    held.open();
    for (const reader of readers) await reader.rest();
    expect(metricValue(await samples(), 'mana_llm_requests_in_flight')).toBe(1);
  });

  it('count a stream that never opened as an error and as no stream', async () => {
    const failures = (): Promise<number> => count('mana_llm_llm_errors_total', 'openai/never-open');
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hello'])), json(500, { error: { message: 'No.' } }));
    await read('openai/never-open');
    const endsBefore = await ends();
    expect(await failures()).toBe(0);
    await read('openai/never-open');
    expect(await ends()).toEqual(endsBefore);
    expect(await failures()).toBe(1);
    expect(await count('mana_llm_time_to_first_token_seconds_count', 'openai/never-open')).toBe(1);
  });
});
