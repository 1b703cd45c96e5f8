import { FakeUpstream, json, openAiCompletion, openAiModels, resetConnection } from '@mana-llm/llm-providers/testing';
import { type Gateway, startGateway } from './support/gateway.js';
import { metricValue, parseMetrics } from './support/metric-samples.js';
import { START_LIMIT_MS, useScene } from './support/scene.js';

interface Health {
  status: string;
  service: string;
  version: string;
  providers: Record<string, { status: string }>;
  info: object;
  error: object;
  details: Record<string, unknown>;
}

describe('health while all providers answer', () => {
  const scene = useScene();

  it('is healthy at /health, with every provider, in the shape of today’s callers and Terminus’s beside', async () => {
    const response = await scene.get('/health');
    expect(response.status).toBe(200);
    const health = (await response.json()) as Health;
    expect(health).toMatchObject({
      status: 'healthy',
      service: 'mana-llm',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
    expect(Object.keys(health.providers).sort()).toEqual(['ollama', 'openai', 'together']);
    expect(Object.values(health.providers).map(({ status }) => status)).toEqual(['healthy', 'healthy', 'healthy']);
    for (const field of ['info', 'error', 'details']) expect(health).toHaveProperty(field);
  });

  it.each(['/health/live', '/health/ready'])('is 200 at %s', async (path) => {
    expect((await scene.get(path)).status).toBe(200);
  });

  it('tells each provider’s state at /v1/health', async () => {
    const response = await scene.get('/v1/health');
    expect(response.status).toBe(200);
    const { providers } = (await response.json()) as { providers: Record<string, object> };
    expect(Object.keys(providers)).toEqual(expect.arrayContaining(['ollama', 'openai', 'together']));
    for (const provider of Object.values(providers)) {
      for (const field of ['status', 'consecutive_failures', 'last_error', 'last_check_unix', 'unhealthy_until_unix']) {
        expect(provider).toHaveProperty(field);
      }
    }
  });

  it('is never cached', async () => {
    expect((await scene.get('/health')).headers.get('cache-control')).toMatch(/no-store|no-cache/);
  });
});

describe('a gateway for which nobody has said where Ollama is', () => {
  let upstream: FakeUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    upstream.on('GET', '/v1/models', json(200, openAiModels('gpt')));
    upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${upstream.url}/v1`, DEFAULT_MODEL: 'openai/gpt' };
    gateway = await startGateway({ env });
  }, START_LIMIT_MS);
  afterAll(() => Promise.all([gateway.stop(), upstream.stop()]));

  it('is healthy with another provider alone', async () => {
    const health = (await (await fetch(`${gateway.url}/health`)).json()) as Health;
    expect(health).toMatchObject({ status: 'healthy', error: {} });
    // One may run on the machine of the test.
    expect(['absent', 'healthy']).toContain(health.providers['ollama']?.status);
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    const metrics = parseMetrics(await (await fetch(`${gateway.url}/metrics`)).text());
    expect(metricValue(metrics, 'mana_llm_provider_healthy', { provider: 'openai' })).toBe(1);
    expect(metricValue(metrics, 'mana_llm_provider_healthy', { provider: 'ollama' })).not.toBe(0);
  });

  it('answers a request without a model with DEFAULT_MODEL', async () => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Say hello.' }] }),
    });
    expect(await response.json()).toMatchObject({ model: 'openai/gpt' });
    expect(response.status).toBe(200);
  });
});

describe('health while one provider is down', () => {
  const scene = useScene({ isOwn: true });

  beforeEach(() => {
    scene.upstream.on('GET', '/api/tags', resetConnection);
    scene.upstream.on('GET', '/api/version', resetConnection);
    scene.upstream.on('GET', '/', resetConnection);
  });

  it('is degraded and 200, and names it', async () => {
    const response = await scene.get('/health');
    expect(response.status).toBe(200);
    const health = (await response.json()) as Health;
    expect(health.status).toBe('degraded');
    expect(health.providers['ollama']?.status).not.toBe('healthy');
    expect(health.providers['openai']?.status).toBe('healthy');
    expect(JSON.stringify(health)).not.toMatch(/127\.0\.0\.1|sk-/);
  });

  it.each(['/health/live', '/health/ready'])('is 200 at %s', async (path) => {
    expect((await scene.get(path)).status).toBe(200);
  });
});

describe('health while nothing works', () => {
  const scene = useScene({ isOwn: true });

  beforeEach(() => {
    for (const path of ['/api/tags', '/api/version', '/']) scene.upstream.on('GET', path, resetConnection);
    for (const path of ['/v1/models', '/together/v1/models'])
      scene.upstream.on('GET', path, json(500, { error: { message: 'down' } }));
  });

  it('is unhealthy and 503', async () => {
    const response = await scene.get('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'unhealthy', service: 'mana-llm' });
  });

  it('is not ready, and alive all the same', async () => {
    expect((await scene.get('/health/ready')).status).toBe(503);
    expect((await scene.get('/health/live')).status).toBe(200);
  });
});
