import { json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { expectError } from './support/expect-error.js';
import { useScene } from './support/scene.js';

describe('API_KEYS', () => {
  const scene = useScene({ env: { API_KEYS: 'first-key,second-key', GPU_API_KEY: 'old-key' } });

  it.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['half of one', { authorization: 'Bearer first' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['basic authentication', { authorization: 'Basic Zmlyc3Qta2V5Og==' }],
    ['a wrong x-api-key', { 'x-api-key': 'wrong' }],
  ])('keep out a caller with %s', async (_what, headers) => {
    const expected = { type: 'authentication_error', code: 'invalid_api_key' };
    await expectError(await scene.chat({ model: 'openai/m' }, { headers }), 401, expected);
    await expectError(await scene.get('/v1/models', headers), 401, expected);
  });

  it.each([
    ['a bearer token', { authorization: 'Bearer first-key' }],
    ['a bearer token in small letters', { authorization: 'bearer second-key' }],
    ['x-api-key', { 'x-api-key': 'second-key' }],
    ['the key of the old service', { authorization: 'Bearer old-key' }],
  ])('let in a caller with %s', async (_what, headers) => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    expect((await scene.chat({ model: 'openai/m' }, { headers: headers as Record<string, string> })).status).toBe(200);
    const request = await scene.upstream.request('/v1/chat/completions');
    expect(request.headers.authorization).toBe('Bearer sk-openai-secret');
    expect(JSON.stringify(request.headers)).not.toMatch(/first-key|second-key|old-key/);
  });

  it.each(['/v1/models', '/v1/aliases', '/v1/health', '/v1/nosuch'])('guard %s', async (path) => {
    await expectError(await scene.get(path), 401);
    expect((await scene.get(path, { 'x-api-key': 'first-key' })).status).not.toBe(401);
  });

  it.each(['/health', '/health/live', '/health/ready', '/metrics', '/docs', '/openapi.json'])(
    'leave %s open',
    async (path) => {
      expect((await scene.get(path)).status).toBe(200);
    },
  );

  it('refuse before the body is read', async () => {
    const response = await fetch(`${scene.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"broken',
    });
    await expectError(response, 401);
  });

  it('let a browser’s preflight pass', async () => {
    const response = await fetch(`${scene.gateway.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' },
    });
    expect(response.status).toBeLessThan(300);
  });
});

describe('PROTECT', () => {
  const scene = useScene({ env: { API_KEYS: 'first-key', PROTECT: 'metrics,docs,health' } });

  it.each([
    '/metrics',
    '/METRICS/',
    '/health',
    '/health/',
    '/docs',
    '/docs/swagger-ui-init.js',
    '/docs-yaml',
    '/openapi.json',
  ])('closes %s to a caller without a key', async (path) => {
    await expectError(await scene.get(path), 401, { code: 'invalid_api_key' });
    expect((await scene.get(path, { authorization: 'Bearer first-key' })).status).toBe(200);
  });

  it.each(['/health/live', '/health/ready'])('leaves the probe %s open', async (path) => {
    expect((await scene.get(path)).status).toBe(200);
  });
});

describe('PROTECT=metrics', () => {
  const scene = useScene({ env: { API_KEYS: 'first-key', PROTECT: 'metrics' } });

  it('closes what it names alone', async () => {
    await expectError(await scene.get('/metrics'), 401);
    for (const path of ['/health', '/docs', '/openapi.json']) expect((await scene.get(path)).status).toBe(200);
  });
});

describe('without API_KEYS', () => {
  const scene = useScene();

  it('everybody may ask, with any key or none', async () => {
    expect((await scene.get('/v1/models')).status).toBe(200);
    expect((await scene.get('/v1/models', { authorization: 'Bearer whatever' })).status).toBe(200);
  });
});

describe('API_KEY_IN_QUERY=on', () => {
  const scene = useScene({ env: { API_KEYS: 'first-key,second-key', API_KEY_IN_QUERY: 'on' }, isBuilt: true });

  it('lets in a caller with ?api_key=, and nobody with a wrong one', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    const body = { model: 'openai/m', messages: [{ role: 'user', content: 'Say hello.' }] };
    expect((await scene.post('/v1/chat/completions?x=1&api_key=second-key', body)).status).toBe(200);
    expect([...(await scene.upstream.request('/v1/chat/completions')).query]).toEqual([]);
    expect((await scene.get('/v1/aliases?api_key=first-key')).status).toBe(200);
    await expectError(await scene.get('/v1/aliases?api_key=wrong-key'), 401, { code: 'invalid_api_key' });
    expect((await scene.get('/v1/aliases', { 'x-api-key': 'first-key' })).status).toBe(200);
  });

  it('tells no key to logs and errors', async () => {
    for (const path of ['/v1/nosuch', '/v1/models/nosuch/m', '/v1/models/%zz', '/v1/chat/completions']) {
      const response = await scene.get(`${path}?api_key=first-key`);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain('first-key');
    }
    const lines = JSON.stringify(scene.gateway.logs());
    expect(lines).toContain('/v1/models/*id');
    expect(lines).not.toMatch(/first-key|second-key|wrong-key|\?api_key/);
  });
});

describe('API_KEY_IN_QUERY, by default', () => {
  const scene = useScene({ env: { API_KEYS: 'first-key' } });

  it('is off', async () => {
    await expectError(await scene.get('/v1/aliases?api_key=first-key'), 401, { message: /^No API key was sent/ });
  });
});

describe('GPU_REQUIRE_AUTH=false', () => {
  const scene = useScene({ env: { GPU_API_KEY: 'old-key', GPU_REQUIRE_AUTH: 'false' }, isBuilt: true });

  it('lets everybody in, with a warning at the start', async () => {
    expect((await scene.get('/v1/aliases')).status).toBe(200);
    expect((await scene.get('/v1/aliases', { 'x-api-key': 'any' })).status).toBe(200);
    expect(JSON.stringify(scene.gateway.logs())).toContain(
      'GPU_REQUIRE_AUTH=false: keys are set, but requests need none',
    );
  });
});
