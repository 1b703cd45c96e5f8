import { json, ndjsonStream, ollamaStream, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';

describe('x-request-id', () => {
  const scene = useScene();
  const idOf = async (id: string | undefined, path = '/health/live'): Promise<string | null> =>
    (await scene.get(path, id === undefined ? {} : { 'x-request-id': id })).headers.get('x-request-id');

  it.each(['abc', 'A.b_c-9', 'x'.repeat(128)])('of the caller is kept: %s', async (id) => {
    expect(await idOf(id)).toBe(id);
  });

  it.each(['x'.repeat(129), 'with blank', 'a/b', 'ü', '"'])(
    'of the caller is replaced when it is no safe id: %s',
    async (id) => {
      const answered = await idOf(encodeURI(id));
      expect(answered).not.toBe(encodeURI(id));
      expect(answered).toMatch(/^[\w.-]{1,128}$/);
    },
  );

  it('is made up anew for every request without one', async () => {
    const [one, two] = [await idOf(undefined), await idOf(undefined)];
    expect(one).toMatch(/^[\w.-]{1,128}$/);
    expect(two).not.toBe(one);
  });

  it('is on every answer: errors, unknown routes and preflights too', async () => {
    for (const path of ['/v1/models', '/metrics', '/openapi.json', '/nosuch', '/v1/models/nosuch/x'])
      expect(await idOf('mine', path)).toBe('mine');
    const preflight = await fetch(`${scene.gateway.url}/v1/models`, {
      method: 'OPTIONS',
      headers: { origin: 'http://localhost:5173', 'access-control-request-method': 'POST', 'x-request-id': 'mine' },
    });
    expect(preflight.headers.get('x-request-id')).toBe('mine');
    expect(
      (await scene.chat({ model: 'nosuch/m' }, { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id'),
    ).toBe('mine');
  });

  it('is on buffered answers and streams', async () => {
    const init = { headers: { 'x-request-id': 'mine' } };
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    expect((await scene.chat({ model: 'openai/m' }, init)).headers.get('x-request-id')).toBe('mine');
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(['Hi'])));
    const stream = await scene.chat({ model: 'ollama/m', stream: true }, init);
    expect(stream.headers.get('x-request-id')).toBe('mine');
    await stream.text();
  });
});
