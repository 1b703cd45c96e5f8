import { json, ollamaCompletion } from '@mana-llm/llm-providers/testing';
import { expectErrorShape } from './support/expect-error.js';
import { type RawAnswer, RawExchange } from './support/raw-exchange.js';
import { type Scene, useScene } from './support/scene.js';

const BODY = JSON.stringify({ model: 'ollama/m', messages: [{ role: 'user', content: 'Say hello.' }] });
const PAGE = 'http://rebind.evil.example:3025';

/** `fetch` sets `host` itself. */
async function get(scene: Scene, path: string, headers: Record<string, string>, version = '1.1'): Promise<RawAnswer> {
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  return new RawExchange(scene.gateway.url).send(`GET ${path} HTTP/${version}`, ...lines, '', '').answer();
}

const post = (scene: Scene, headers: Record<string, string>): Promise<RawAnswer> =>
  new RawExchange(scene.gateway.url).post('/v1/chat/completions', BODY, headers).answer();

function expectRefusal({ status, headers, body }: RawAnswer, code: string, message: string): void {
  expect({ status, body }).toEqual({ status: 403, body });
  expect(headers['x-request-id']).toMatch(/./);
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expectErrorShape((JSON.parse(body) as { error: never }).error, { type: 'invalid_request_error', code, message });
}

describe('a gateway without API keys', () => {
  const scene = useScene();
  const answerOnce = (): void => void scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));

  it.each<[string, Record<string, string>]>([
    ['by a name that its DNS leads here', { host: 'rebind.evil.example:3025', origin: PAGE }],
    ['by such a name behind another one', { host: 'rebind.evil.example', 'x-forwarded-host': 'localhost' }],
  ])('is not served to a web page %s', async (_how, headers) => {
    const line = 'set ALLOWED_HOSTS=rebind.evil.example. Or set API_KEYS.';
    expectRefusal(await post(scene, headers), 'host_not_allowed', line);
    for (const path of ['/v1/models', '/health', '/metrics', '/docs', '/openapi.json', '/nowhere']) {
      expectRefusal(await get(scene, path, headers), 'host_not_allowed', line);
    }
  });

  it.each([
    ['JSON', 'application/json'],
    ['plain text, which a browser sends without asking', 'text/plain'],
  ])('is not served to a web page of another origin that sends %s', async (_what, type) => {
    const headers = { host: '127.0.0.1:3025', origin: 'http://evil.example', 'content-type': type };
    expectRefusal(await post(scene, headers), 'origin_not_allowed', 'set CORS_ORIGINS=http://evil.example.');
  });

  it('answers no question of a browser about another origin', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    const response = await fetch(`${scene.gateway.url}/v1/chat/completions`, { method: 'OPTIONS', headers });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is served to its own pages', async () => {
    answerOnce();
    const answer = await post(scene, { host: 'gpu-box:3025', origin: 'http://gpu-box:3025' });
    expect(answer.status).toBe(200);
  });

  it.each(['mana-llm:3025', 'mana-llm.models.svc.cluster.local', '10.0.0.7:3025', '[::1]:3025', 'localhost'])(
    'is served as %s',
    async (host) => {
      answerOnce();
      expect((await post(scene, { host })).status).toBe(200);
    },
  );

  it('is served to a client of HTTP/1.0 that names no Host', async () => {
    expect((await get(scene, '/v1/models', {}, '1.0')).status).toBe(200);
  });

  it.each(['/health/live', '/health/ready'])('refuses nobody at %s', async (path) => {
    expect((await get(scene, path, { host: 'evil.example', origin: 'http://evil.example' })).status).toBe(200);
  });

  it('counts a refusal under the route', async () => {
    expect(await (await scene.get('/metrics')).text()).toContain(
      'mana_llm_requests_total{method="POST",endpoint="/v1/chat/completions",status="403"}',
    );
  });
});

describe('ALLOWED_HOSTS', () => {
  const scene = useScene({ env: { ALLOWED_HOSTS: 'llm.example.com, *.example.org' } });

  it.each(['LLM.example.com', 'a.b.example.org:8443', 'localhost'])('serves %s', async (host) => {
    expect((await get(scene, '/v1/models', { host })).status).toBe(200);
  });

  it('serves the pages of such a name', async () => {
    const headers = { host: 'llm.example.com', origin: 'https://llm.example.com' };
    expect((await get(scene, '/v1/models', headers)).status).toBe(200);
  });

  it('serves no other one', async () => {
    expect((await get(scene, '/v1/models', { host: 'evil.example' })).status).toBe(403);
  });
});

describe('a gateway with API keys', () => {
  const scene = useScene({ env: { API_KEYS: 'sesame' } });

  it('is served by any name: the key is what counts', async () => {
    const headers = { host: 'llm.example.com', origin: 'https://elsewhere.example', 'x-api-key': 'sesame' };
    const { status, headers: answered } = await get(scene, '/v1/models', headers);
    expect(status).toBe(200);
    expect(answered['access-control-allow-origin']).toBeUndefined();
  });
});
