import {
  json,
  ndjsonStream,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { type MetricSample, metricSum, metricValue, parseMetrics } from './support/metric-samples.js';
import { useScene } from './support/scene.js';
import { readStream } from './support/stream-answer.js';

const CHAT = '/v1/chat/completions';

describe('GET /metrics', () => {
  const scene = useScene({
    yaml: [
      'providers:',
      '  dead: { kind: openai-compatible, baseUrl: http://127.0.0.1:9/v1 }',
      'aliases:',
      '  mana/fast: { chain: [dead/m, openai/fast] }',
      '  mana/hopeless: { chain: [dead/m, dead/n] }',
    ].join('\n'),
  });

  const samples = async (): Promise<MetricSample[]> => {
    const response = await scene.get('/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    return parseMetrics(await response.text());
  };

  const value = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> =>
    metricValue(await samples(), name, labels);

  it('counts requests by method, route pattern and status', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    await (await scene.chat({ model: 'openai/counted' })).text();
    await (await scene.get('/v1/models/ollama/gemma3:4b')).text();
    const all = await samples();
    expect(metricValue(all, 'mana_llm_requests_total', { method: 'POST', endpoint: CHAT, status: '200' })).toBe(1);
    expect(metricValue(all, 'mana_llm_request_latency_seconds_count', { method: 'POST', endpoint: CHAT })).toBe(1);
    const endpoints = all
      .filter(({ name }) => name === 'mana_llm_requests_total')
      .map(({ labels }) => labels['endpoint']);
    expect(endpoints.some((endpoint) => endpoint?.startsWith('/v1/models/'))).toBe(true);
    expect(endpoints).not.toContain('/v1/models/ollama/gemma3:4b');
  });

  it('counts buffered answers, their latency and tokens by provider and model', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    await (await scene.chat({ model: 'openai/buffered' })).text();
    const all = await samples();
    const labels = { provider: 'openai', model: 'buffered' };
    expect(metricValue(all, 'mana_llm_llm_requests_total', { ...labels, streaming: 'false' })).toBe(1);
    expect(metricValue(all, 'mana_llm_llm_latency_seconds_count', labels)).toBe(1);
    expect(metricValue(all, 'mana_llm_tokens_total', { ...labels, type: 'prompt' })).toBe(7);
    expect(metricValue(all, 'mana_llm_tokens_total', { ...labels, type: 'completion' })).toBe(5);
  });

  it('counts streams fully', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(['Hel', 'lo'])));
    await readStream(await scene.chat({ model: 'ollama/streamed', stream: true }));
    const all = await samples();
    const labels = { provider: 'ollama', model: 'streamed' };
    expect(metricValue(all, 'mana_llm_llm_requests_total', { ...labels, streaming: 'true' })).toBe(1);
    expect(metricValue(all, 'mana_llm_llm_latency_seconds_count', labels)).toBe(1);
    expect(metricValue(all, 'mana_llm_time_to_first_token_seconds_count', labels)).toBe(1);
    expect(metricValue(all, 'mana_llm_tokens_total', { ...labels, type: 'prompt' })).toBe(11);
    expect(metricValue(all, 'mana_llm_tokens_total', { ...labels, type: 'completion' })).toBe(4);
  });

  it('counts streams that break as errors', async () => {
    scene.upstream.on('POST', CHAT, sseStream(sse(openAiChunk({ delta: { content: 'Hel' } }))));
    await readStream(await scene.chat({ model: 'openai/broken', stream: true }));
    const all = await samples();
    const errors = all.filter(
      ({ name, labels }) => name === 'mana_llm_llm_errors_total' && labels['model'] === 'broken',
    );
    expect(errors.map(({ value: count }) => count)).toEqual([1]);
    expect(
      metricValue(all, 'mana_llm_llm_requests_total', {
        provider: 'openai',
        model: 'broken',
        streaming: 'true',
      }),
    ).toBe(1);
  });

  it.each<[number, string, Record<string, unknown>?]>([
    [429, 'rate_limit'],
    [401, 'auth'],
    [400, 'invalid_request'],
    [500, 'server_error'],
    [403, 'blocked', { code: 'content_filter' }],
  ])('names the kind of an error: %i is %s', async (status, error_type, fields = {}) => {
    scene.upstream.on('POST', CHAT, json(status, openAiError('No.', fields)));
    await (await scene.chat({ model: `openai/failed-${status}` })).text();
    expect(
      await value('mana_llm_llm_errors_total', { provider: 'openai', model: `failed-${status}`, error_type }),
    ).toBe(1);
  });

  it('counts embeddings', async () => {
    scene.upstream.on('POST', '/v1/embeddings', json(200, openAiEmbeddings([1])));
    await (await scene.post('/v1/embeddings', { model: 'openai/embedder', input: 'x' })).text();
    expect(
      await value('mana_llm_llm_requests_total', { provider: 'openai', model: 'embedder', streaming: 'false' }),
    ).toBe(1);
    expect(await value('mana_llm_tokens_total', { provider: 'openai', model: 'embedder', type: 'prompt' })).toBe(3);
  });

  it('counts aliases and fallbacks', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    await (await scene.chat({ model: 'mana/fast' })).text();
    const all = await samples();
    expect(metricValue(all, 'mana_llm_alias_resolved_total', { alias: 'mana/fast', target: 'openai/fast' })).toBe(1);
    const fallback = all.filter(
      ({ name, labels }) => name === 'mana_llm_fallback_total' && labels['to_model'] === 'openai/fast',
    );
    expect(fallback).toMatchObject([
      { labels: { from_model: 'dead/m', reason: expect.stringMatching(/./) as string }, value: 1 },
    ]);
  });

  it('counts a chain that answers as no error of its callers, whatever its attempts have met', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const before = await samples();
    const answers = await Promise.all(Array.from({ length: 12 }, () => scene.chat({ model: 'mana/fast' })));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    await Promise.all(answers.map((answer) => answer.text()));
    const after = await samples();
    const counted = (name: string, labels = {}): number =>
      metricSum(after, name, labels) - metricSum(before, name, labels);
    expect(counted('mana_llm_requests_total', { endpoint: CHAT, status: '200' })).toBe(12);
    expect(counted('mana_llm_requests_total', { endpoint: CHAT })).toBe(12);
    expect(counted('mana_llm_llm_requests_total', { provider: 'openai', model: 'fast' })).toBe(12);
    expect(counted('mana_llm_llm_errors_total', { provider: 'dead', model: 'm' })).toBeGreaterThan(0);
  });

  it('leaves to_model empty at the end of a chain', async () => {
    expect((await scene.chat({ model: 'mana/hopeless' })).status).toBe(503);
    expect(await value('mana_llm_fallback_total', { from_model: 'dead/n', to_model: '' })).toBe(1);
  });

  it('tells which providers are healthy', async () => {
    await (await scene.get('/health')).text();
    const all = await samples();
    expect(metricValue(all, 'mana_llm_provider_healthy', { provider: 'openai' })).toBe(1);
    expect(metricValue(all, 'mana_llm_provider_healthy', { provider: 'dead' })).toBe(0);
  });

  it('never has what a client made up as a label', async () => {
    await (await scene.get('/made/up/by-a-client')).text();
    await (await scene.chat({ model: 'made-up-provider/made-up-model' })).text();
    const text = await (await scene.get('/metrics')).text();
    expect(text).not.toMatch(/made/);
    expect(text).toMatch(/mana_llm_requests_total\{[^}]*status="404"/);
  });

  it('has the buckets that the dashboards are drawn for', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    await (await scene.chat({ model: 'openai/bucketed' })).text();
    const all = await samples();
    const buckets = (name: string, labels: Record<string, string>): (string | undefined)[] =>
      all
        .filter(
          (sample) =>
            sample.name === `${name}_bucket` &&
            Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted),
        )
        .map(({ labels: { le } }) => le);
    expect(buckets('mana_llm_request_latency_seconds', { method: 'POST', endpoint: CHAT })).toEqual([
      '0.1',
      '0.5',
      '1',
      '2',
      '5',
      '10',
      '30',
      '60',
      '120',
      '+Inf',
    ]);
    expect(buckets('mana_llm_llm_latency_seconds', { provider: 'openai', model: 'bucketed' })).toEqual([
      '0.5',
      '1',
      '2',
      '5',
      '10',
      '30',
      '60',
      '120',
      '+Inf',
    ]);
  });

  it('is open and has the process’s own metrics', async () => {
    expect((await samples()).some(({ name }) => name === 'process_resident_memory_bytes')).toBe(true);
  });
});
