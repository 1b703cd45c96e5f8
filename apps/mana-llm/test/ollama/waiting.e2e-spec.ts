import {
  FAKE_OLLAMA_DONE,
  type Latch,
  latch,
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaLine,
  ollamaStream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const SHOW = json(404, { error: 'unknown' });
const LOADED = { load_duration: 4_200_000_000, total_duration: 5_000_000_000 };
const BUSY = 'server busy, please try again.  maximum pending requests exceeded';

describe('a busy server', () => {
  const scene = useScene();
  beforeEach(() => scene.upstream.on('POST', '/api/show', SHOW));

  it.each([false, true])('is 429 with retry-after (stream: %s)', async (stream) => {
    scene.upstream.on('POST', '/api/chat', json(503, { error: BUSY }));
    const response = await scene.chat({ model: 'ollama/gemma3:4b', stream });
    await expectError(response, 429, { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'server busy' });
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('is asked again after the time that it names itself', async () => {
    scene.upstream.on('POST', '/api/chat', json(503, { error: BUSY }, { 'retry-after': '7' }));
    const response = await scene.chat({ model: 'ollama/busy' });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
  });

  it('is another matter than a server with any other 503', async () => {
    scene.upstream.on('POST', '/api/chat', json(503, { error: 'llama runner is not ready' }));
    const response = await scene.chat({ model: 'ollama/gemma3:4b' });
    await expectError(response, 503, { type: 'upstream_error', code: null, message: 'not ready' });
  });
});

describe('a model that has to be loaded', () => {
  // No gap of the stream may be as long as the loading.
  const scene = useScene({
    isBuilt: true,
    yaml: 'providers: { ollama: { timeouts: { firstTokenMs: 60000, idleMs: 500 } } }\n',
  });
  beforeEach(() => scene.upstream.on('POST', '/api/show', SHOW));

  const loadingLines = (): Record<string, unknown>[] =>
    scene.gateway.logs().filter(({ msg }) => msg === 'model loaded');

  const streamAfter = async (loaded: Latch): Promise<string> => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(loaded, ollamaStream(['Hi'], LOADED)));
    const stream = scene.chat({ model: 'ollama/gemma3:4b', stream: true });
    await scene.upstream.request('/api/chat');
    // Four times the idle timeout: the silence before the first content is no idle time.
    setTimeout(() => loaded.open(), 2_000);
    return contentOf(await readStream(await stream));
  };

  it('may be silent for longer than the idle timeout, and its loading is in the log once', async () => {
    expect(await streamAfter(latch())).toBe('Hi');
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    await (await scene.chat({ model: 'ollama/gemma3:4b' })).json();
    while (loadingLines().length === 0) await new Promise(setImmediate);
    expect(loadingLines()).toEqual([
      expect.objectContaining({
        level: 'info',
        data: { provider: 'ollama', model: 'gemma3:4b', load_ms: 4200 },
      }),
    ]);
  });

  it('times out once it has begun to answer and falls silent', async () => {
    const line = ollamaLine({ content: 'Hi' });
    scene.upstream.on('POST', '/api/chat', ndjsonStream(line, latch(), ollamaLine(FAKE_OLLAMA_DONE)));
    const stream = await readStream(await scene.chat({ model: 'ollama/gemma3:4b', stream: true }));
    expect(stream.error).toMatchObject({ code: 'idle_timeout' });
  });
});
