import { ndjsonStream, ollamaStream } from '@mana-llm/llm-providers/testing';
import { type Scene, useScene } from './support/scene.js';

const allowedOrigin = async (scene: Scene, origin: string): Promise<string | null> =>
  (await scene.get('/v1/models', { origin })).headers.get('access-control-allow-origin');

const preflight = (scene: Scene, origin: string): Promise<Response> =>
  fetch(`${scene.gateway.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,authorization,x-stainless-os',
    },
  });

describe('CORS by default', () => {
  const scene = useScene();

  it.each(['http://localhost', 'http://localhost:5173', 'https://localhost:8443', 'http://127.0.0.1:3000'])(
    'allows %s',
    async (origin) => {
      expect(await allowedOrigin(scene, origin)).toBe(origin);
    },
  );

  it.each(['https://example.com', 'http://localhost.example.com', 'https://notlocalhost:3000'])(
    'does not allow %s',
    async (origin) => {
      expect(await allowedOrigin(scene, origin)).toBeNull();
    },
  );

  it('answers a preflight and allows the headers that clients send', async () => {
    const response = await preflight(scene, 'http://localhost:5173');
    expect(response.ok).toBe(true);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toMatch(
      /content-type.*authorization.*x-stainless-os/i,
    );
  });

  it('exposes the useful headers, of streams and errors too', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(['Hi'])));
    const init = { headers: { origin: 'http://localhost:5173' } };
    const stream = await scene.chat({ model: 'ollama/m', stream: true }, init);
    await stream.text();
    const error = await scene.chat({ model: 'nosuch/m' }, init);
    for (const response of [stream, error]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
      for (const name of ['x-request-id', 'x-mana-llm-resolved', 'x-mana-llm-attempts', 'retry-after']) {
        expect(response.headers.get('access-control-expose-headers')).toContain(name);
      }
    }
  });
});

describe('CORS_ORIGINS', () => {
  const scene = useScene({ env: { CORS_ORIGINS: 'https://app.example.com, https://other.example.com' } });

  it('allows what it lists', async () => {
    expect(await allowedOrigin(scene, 'https://app.example.com')).toBe('https://app.example.com');
    expect(await allowedOrigin(scene, 'https://other.example.com')).toBe('https://other.example.com');
  });

  it('allows nothing else, localhost included', async () => {
    expect(await allowedOrigin(scene, 'http://localhost:5173')).toBeNull();
    expect(await allowedOrigin(scene, 'https://evil.example.com')).toBeNull();
  });

  it('tells caches that answers differ by origin', async () => {
    expect((await scene.get('/v1/models', { origin: 'https://app.example.com' })).headers.get('vary')).toMatch(
      /origin/i,
    );
  });
});

describe('CORS_ORIGINS=*', () => {
  const scene = useScene({ env: { CORS_ORIGINS: '*' } });

  it('allows any origin', async () => {
    expect(await allowedOrigin(scene, 'https://anything.example.com')).toBe('*');
  });
});
