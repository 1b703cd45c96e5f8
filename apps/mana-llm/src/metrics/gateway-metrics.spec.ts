import { Counter, Registry } from 'prom-client';
import { GatewayMetrics } from './gateway-metrics.js';
import { STREAM_ENDS } from './metric-names.js';

const CALL = { provider: 'ollama', model: 'gemma3:4b', streaming: false, latencySeconds: 0.7, hasAnswered: true };

describe(GatewayMetrics.name, () => {
  let registry: Registry;
  let metrics: GatewayMetrics;

  beforeEach(() => {
    registry = new Registry();
    metrics = new GatewayMetrics(registry);
  });

  async function samples(name: string): Promise<string[]> {
    const text = await registry.getSingleMetricAsString(name);
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  // The dashboards' names and labels, written out: this list is the promise, the table in the code only keeps it.
  it.each([
    ['mana_llm_requests_total', ['method', 'endpoint', 'status']],
    ['mana_llm_request_latency_seconds', ['method', 'endpoint']],
    ['mana_llm_llm_requests_total', ['provider', 'model', 'streaming']],
    ['mana_llm_llm_errors_total', ['provider', 'model', 'error_type']],
    ['mana_llm_llm_latency_seconds', ['provider', 'model']],
    ['mana_llm_tokens_total', ['provider', 'model', 'type']],
    ['mana_llm_tokens_saved_total', ['provider', 'model', 'type']],
    ['mana_llm_alias_resolved_total', ['alias', 'target']],
    ['mana_llm_fallback_total', ['from_model', 'to_model', 'reason']],
    ['mana_llm_provider_healthy', ['provider']],
    ['mana_llm_time_to_first_token_seconds', ['provider', 'model']],
    ['mana_llm_time_per_output_token_seconds', ['provider', 'model']],
    ['mana_llm_requests_in_flight', []],
    ['mana_llm_streams_total', ['end']],
    ['mana_llm_gateway_overhead_seconds', ['endpoint']],
  ])('%s has the labels %j', async (name, labels) => {
    metrics.requestStarted();
    metrics.requestEnded({ method: 'GET', endpoint: '/v1/models', status: 200, latencySeconds: 1 });
    metrics.modelCallEnded({ ...CALL, errorType: 'rate_limit', promptTokens: 1 });
    metrics.timeToFirstToken({ provider: 'ollama', model: 'gemma3:4b', seconds: 1 });
    metrics.timePerOutputToken({ provider: 'ollama', model: 'gemma3:4b', seconds: 1 });
    metrics.tokensSaved({ provider: 'ollama', model: 'gemma3:4b', promptTokens: 1 });
    metrics.streamEnded({ end: 'complete' });
    metrics.aliasResolved({ alias: 'mana/fast-text', target: 'ollama/gemma3:4b' });
    metrics.fallback({ fromModel: 'ollama/gemma3:4b', toModel: '', reason: 'unconfigured' });
    metrics.providerHealthy({ provider: 'ollama', healthy: true });
    metrics.gatewayOverhead({ endpoint: '/v1/models', seconds: 0.001 });

    const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
    const used = new Set(values.flatMap((value) => Object.keys(value.labels)));
    used.delete('le');
    expect(values.length).toBeGreaterThan(0);
    expect([...used].sort()).toEqual([...labels].sort());
  });

  it.each([
    ['mana_llm_request_latency_seconds', [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120]],
    ['mana_llm_llm_latency_seconds', [0.5, 1, 2, 5, 10, 30, 60, 120]],
  ])('%s has the buckets %j', async (name, buckets) => {
    metrics.requestEnded({ method: 'POST', endpoint: '/v1/embeddings', status: 200, latencySeconds: 3 });
    metrics.modelCallEnded(CALL);

    const lines = await samples(name);
    const bounds = lines.map((line) => /le="([^"]+)"/.exec(line)?.[1]).filter((bound) => bound !== undefined);
    expect(bounds).toEqual([...buckets.map(String), '+Inf']);
  });

  it('counts a request once, by route pattern and status', async () => {
    metrics.requestStarted();
    metrics.requestStarted();
    metrics.requestEnded({ method: 'POST', endpoint: '/v1/chat/completions', status: 429, latencySeconds: 0.2 });

    expect(await samples('mana_llm_requests_total')).toEqual([
      'mana_llm_requests_total{method="POST",endpoint="/v1/chat/completions",status="429"} 1',
    ]);
    expect(await samples('mana_llm_requests_in_flight')).toEqual(['mana_llm_requests_in_flight 1']);
  });

  it('counts saved tokens, those alone that are known', async () => {
    metrics.tokensSaved({ provider: 'ollama', model: 'gemma3:4b', promptTokens: 12 });
    metrics.tokensSaved({ provider: 'ollama', model: 'gemma3:4b', promptTokens: 3, completionTokens: 5 });
    metrics.tokensSaved({ provider: 'ollama', model: 'other:1b' });

    expect(await samples('mana_llm_tokens_saved_total')).toEqual([
      'mana_llm_tokens_saved_total{provider="ollama",model="gemma3:4b",type="prompt"} 15',
      'mana_llm_tokens_saved_total{provider="ollama",model="gemma3:4b",type="completion"} 5',
    ]);
    expect(await samples('mana_llm_tokens_total')).toEqual([]);
  });

  it('counts a model call with its tokens', async () => {
    metrics.modelCallEnded({ ...CALL, streaming: true, promptTokens: 12, completionTokens: 0 });

    expect(await samples('mana_llm_llm_requests_total')).toEqual([
      'mana_llm_llm_requests_total{provider="ollama",model="gemma3:4b",streaming="true"} 1',
    ]);
    expect(await samples('mana_llm_tokens_total')).toEqual([
      'mana_llm_tokens_total{provider="ollama",model="gemma3:4b",type="prompt"} 12',
      'mana_llm_tokens_total{provider="ollama",model="gemma3:4b",type="completion"} 0',
    ]);
    expect(await samples('mana_llm_llm_errors_total')).toEqual([]);
  });

  it('counts a failed model call as a call and as an error, and invents no tokens', async () => {
    metrics.modelCallEnded({ ...CALL, errorType: 'server_error' });

    expect(await samples('mana_llm_llm_requests_total')).toHaveLength(1);
    expect(await samples('mana_llm_llm_errors_total')).toEqual([
      'mana_llm_llm_errors_total{provider="ollama",model="gemma3:4b",error_type="server_error"} 1',
    ]);
    expect(await samples('mana_llm_tokens_total')).toEqual([]);
  });

  it('names at most 200 models and counts the rest as "other"', async () => {
    for (let index = 0; index < 202; index += 1) {
      metrics.modelCallEnded({ ...CALL, model: `model-${index}` });
    }

    const lines = await samples('mana_llm_llm_requests_total');
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toContain('model="other",streaming="false"} 2');
  });

  it('gives a model that has never answered no name of its own', async () => {
    metrics.modelCallEnded({ ...CALL, model: 'made-up', hasAnswered: false, errorType: 'model_not_found' });
    metrics.modelCallEnded(CALL);
    metrics.modelCallEnded({ ...CALL, hasAnswered: false, errorType: 'model_not_found' });

    expect(await samples('mana_llm_llm_errors_total')).toEqual([
      'mana_llm_llm_errors_total{provider="ollama",model="other",error_type="model_not_found"} 1',
      'mana_llm_llm_errors_total{provider="ollama",model="gemma3:4b",error_type="model_not_found"} 1',
    ]);
  });

  it('tells models of two providers with one name apart, by the provider', async () => {
    metrics.modelCallEnded({ ...CALL, provider: 'groq', model: 'llama' });
    metrics.modelCallEnded({ ...CALL, provider: 'together', model: 'llama', hasAnswered: false });

    expect(await samples('mana_llm_llm_requests_total')).toEqual([
      'mana_llm_llm_requests_total{provider="groq",model="llama",streaming="false"} 1',
      'mana_llm_llm_requests_total{provider="together",model="other",streaming="false"} 1',
    ]);
  });

  it('leaves most of the places to models that have answered', async () => {
    for (let index = 0; index < 60; index += 1) {
      metrics.modelCallEnded({ ...CALL, model: `down-${index}`, hasAnswered: false, errorType: 'connection_failed' });
    }
    metrics.modelCallEnded({ ...CALL, model: 'real' });

    const lines = await samples('mana_llm_llm_requests_total');
    expect(lines).toHaveLength(52);
    expect(lines.at(-1)).toContain('model="real"');
  });

  it('names a model that the configuration names before it has answered', async () => {
    metrics.knowModels(['ollama/configured']);
    metrics.modelCallEnded({ ...CALL, model: 'configured', hasAnswered: false, errorType: 'connection_failed' });

    expect(await samples('mana_llm_llm_errors_total')).toEqual([
      'mana_llm_llm_errors_total{provider="ollama",model="configured",error_type="connection_failed"} 1',
    ]);
  });

  it('says 1 for a healthy provider and 0 for another', async () => {
    metrics.providerHealthy({ provider: 'ollama', healthy: true });
    metrics.providerHealthy({ provider: 'groq', healthy: false });

    expect(await samples('mana_llm_provider_healthy')).toEqual([
      'mana_llm_provider_healthy{provider="ollama"} 1',
      'mana_llm_provider_healthy{provider="groq"} 0',
    ]);
  });

  it.each(STREAM_ENDS)('counts a stream that ended as %s', async (end) => {
    metrics.streamEnded({ end });

    expect(await samples('mana_llm_streams_total')).toEqual([`mana_llm_streams_total{end="${end}"} 1`]);
  });

  it('gives few places among the models to names of a chain that a request has brought', async () => {
    metrics.knowModels(['ollama/a']);
    metrics.fallback({ fromModel: 'ollama/made-up', toModel: 'ollama/a', reason: 'model_not_found' });
    for (let name = 0; name < 60; name += 1) {
      metrics.fallback({ fromModel: `groq/${name}`, toModel: 'ollama/a', reason: 'server_error' });
    }
    metrics.modelCallEnded({ ...CALL, provider: 'groq', model: 'real', hasAnswered: true });

    const counted = await samples('mana_llm_fallback_total');
    expect(counted[0]).toBe(
      'mana_llm_fallback_total{from_model="other",to_model="ollama/a",reason="model_not_found"} 1',
    );
    expect(counted).toHaveLength(1 + 49 + 1);
    expect(await samples('mana_llm_llm_requests_total')).toEqual([
      expect.stringContaining('provider="groq",model="real"'),
    ]);
  });

  it('forgets the health of a provider that is gone', async () => {
    metrics.providerHealthy({ provider: 'ollama', healthy: true });
    metrics.providerHealthy({ provider: 'groq', healthy: false });
    metrics.providerUnknown({ provider: 'groq' });

    expect(await samples('mana_llm_provider_healthy')).toEqual(['mana_llm_provider_healthy{provider="ollama"} 1']);
  });

  it('leaves to_model empty at the end of a chain', async () => {
    metrics.knowModels(['ollama/a', 'groq/b']);
    metrics.fallback({ fromModel: 'ollama/a', toModel: 'groq/b', reason: 'rate_limit' });
    metrics.fallback({ fromModel: 'groq/b', toModel: '', reason: 'unconfigured' });

    expect(await samples('mana_llm_fallback_total')).toEqual([
      'mana_llm_fallback_total{from_model="ollama/a",to_model="groq/b",reason="rate_limit"} 1',
      'mana_llm_fallback_total{from_model="groq/b",to_model="",reason="unconfigured"} 1',
    ]);
  });

  it('counts on in the same metrics when a second application starts in the process', async () => {
    metrics.streamEnded({ end: 'drained' });
    new GatewayMetrics(registry).streamEnded({ end: 'drained' });

    expect(await samples('mana_llm_streams_total')).toEqual(['mana_llm_streams_total{end="drained"} 2']);
  });

  it('refuses a registry in which one of its names means something else', () => {
    const taken = new Registry();
    new Counter({ name: 'mana_llm_provider_healthy', help: 'not a gauge', registers: [taken] });

    expect(() => new GatewayMetrics(taken)).toThrow('mana_llm_provider_healthy is already registered as another kind');
  });
});
