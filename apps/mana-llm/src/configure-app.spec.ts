import { expectError } from '../test/support/expect-error.js';
import { useScene } from '../test/support/scene.js';
import { configureApp } from './configure-app.js';

const CHAT = '/v1/chat/completions';

describe(configureApp.name, () => {
  const scene = useScene({ env: { API_KEYS: 'sesame' }, yaml: 'limits: { bodyMb: 1 }\n' });
  const send = (body: string, headers: Record<string, string> = {}, path = CHAT): Promise<Response> =>
    fetch(scene.gateway.url + path, { method: 'POST', body, headers });
  const KEY = { authorization: 'Bearer sesame' };
  const JSON_TYPE = { 'content-type': 'application/json' };

  it('asks for the key before it looks at anything else of a request', async () => {
    await expectError(await send('not JSON'), 401, { type: 'authentication_error', code: 'invalid_api_key' });
    await expectError(await send('{}', {}, '/v1/nowhere'), 401, { code: 'invalid_api_key' });
    await expectError(await send('{}', {}, '/V1/chat/completions'), 401, { code: 'invalid_api_key' });
  });

  it('lets a web app read why it was refused', async () => {
    const response = await send('{}', { origin: 'http://localhost:5173' });
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    await expectError(response, 401);
  });

  it('answers a preflight without a key', async () => {
    const headers = { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' };
    const response = await fetch(scene.gateway.url + CHAT, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('x-request-id')).toMatch(/./);
  });

  it.each(['/health/live', '/metrics', '/docs', '/openapi.json'])('keeps %s open', async (path) => {
    const response = await scene.get(path);
    await response.text();
    expect(response.status).toBe(200);
  });

  it.each([
    ['a body of another type', 415, '{}', { 'content-type': 'text/plain' }, {}],
    ['broken JSON', 400, '{', JSON_TYPE, { message: 'not valid JSON' }],
    ['a list', 400, '[]', JSON_TYPE, { message: 'The body must be a JSON object.' }],
    ['a body over the limit', 413, `"${'a'.repeat(1024 * 1024)}"`, JSON_TYPE, { code: 'request_too_large' }],
    ['an invalid field', 400, '{"messages":[{"role":"x"}]}', JSON_TYPE, { param: 'messages[0].role' }],
  ])('answers %s with %s', async (_what, status, body, headers, expected) => {
    await expectError(await send(body, { ...headers, ...KEY }), status, { type: 'invalid_request_error', ...expected });
  });

  it('counts what a middleware refused under its route', async () => {
    const metrics = await (await scene.get('/metrics')).text();
    for (const status of [401, 413, 415]) {
      expect(metrics).toContain(`mana_llm_requests_total{method="POST",endpoint="${CHAT}",status="${status}"}`);
    }
  });

  it('says nothing of the software that it is made of', async () => {
    const response = await scene.get('/health/live');
    await response.text();
    expect([...response.headers.keys()]).not.toEqual(expect.arrayContaining(['x-powered-by']));
    expect(response.headers.get('etag')).toBeNull();
  });

  it('keeps idle connections longer than balancers do', async () => {
    const response = await scene.get('/health/live');
    await response.text();
    expect(response.headers.get('keep-alive')).toBe('timeout=75');
  });
});
