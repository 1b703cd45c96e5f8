import {
  type Latch,
  latch,
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaEmbeddings,
  ollamaStream,
  type Reply,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const MODEL = 'qwen3:0.6b';
const MISSING = json(404, { error: `model '${MODEL}' not found` });
const line = (fields: object): string => `${JSON.stringify(fields)}\n`;
const layer = (completed: number): string =>
  line({ status: 'pulling a1', digest: 'sha256:a1', total: 1000, completed });
const SUCCESS = line({ status: 'success' });

const LONG = 'providers: { ollama: { pull: missing } }\n';
const SHORT = 'providers: { ollama: { pull: missing, timeouts: { firstTokenMs: 3000, totalMs: 3000 } } }\n';

describe('a model that is not there, with pull: missing', () => {
  const scene = useScene({ yaml: LONG });
  let isPulled: boolean;
  let held: Latch;

  const served =
    (answer: Reply): Reply =>
    (exchange) =>
      (isPulled ? answer : MISSING)(exchange);
  /** A pull that ends once the test opens the latch. */
  const pull: Reply = ndjsonStream(
    line({ status: 'pulling manifest' }),
    layer(300),
    ({ request }) => Promise.race([held.opened, request.gone]),
    layer(1000),
    () => void (isPulled = true),
    SUCCESS,
  );

  beforeEach(() => {
    isPulled = false;
    held = latch();
    scene.upstream.on('POST', '/api/show', MISSING);
    scene.upstream.on('POST', '/api/pull', pull);
  });

  it('is pulled, and the request is answered once it is there', async () => {
    scene.upstream.on('POST', '/api/chat', served(json(200, ollamaCompletion({ content: 'Here I am.' }))));
    const answer = scene.chat({ model: `ollama/${MODEL}` });
    const { body } = await scene.upstream.request('/api/pull');
    expect(body).toEqual({ model: MODEL, stream: true });
    held.open();
    expect(await (await answer).json()).toMatchObject({ choices: [{ message: { content: 'Here I am.' } }] });
  });

  it('is pulled for a stream', async () => {
    scene.upstream.on('POST', '/api/chat', served(ndjsonStream(ollamaStream(['Here ', 'I am.']))));
    held.open();
    const stream = await readStream(await scene.chat({ model: `ollama/${MODEL}`, stream: true }));
    expect(contentOf(stream)).toBe('Here I am.');
    expect(stream.isDone).toBe(true);
  });

  it('is pulled for embeddings', async () => {
    scene.upstream.on('POST', '/api/embed', served(json(200, ollamaEmbeddings([1, 0]))));
    held.open();
    const response = await scene.post('/v1/embeddings', { model: `ollama/${MODEL}`, input: 'a' });
    expect(await response.json()).toMatchObject({ data: [{ embedding: [1, 0] }] });
  });

  it('is pulled once, however many ask for it', async () => {
    scene.upstream.on('POST', '/api/chat', served(json(200, ollamaCompletion())));
    const answers = [1, 2, 3].map(() => scene.chat({ model: `ollama/${MODEL}` }));
    while (scene.upstream.requestsTo('/api/chat').length < 3) await new Promise(setImmediate);
    held.open();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(scene.upstream.requestsTo('/api/pull')).toHaveLength(1);
  });

  it('goes on being pulled when the caller has left', async () => {
    scene.upstream.on('POST', '/api/chat', served(json(200, ollamaCompletion())));
    const controller = new AbortController();
    const left = scene.chat({ model: `ollama/${MODEL}` }, { signal: controller.signal });
    await scene.upstream.request('/api/pull');
    controller.abort();
    await expect(left).rejects.toThrow('abort');
    const stays = scene.chat({ model: `ollama/${MODEL}` });
    while (scene.upstream.requestsTo('/api/chat').length < 2) await new Promise(setImmediate);
    held.open();
    expect((await stays).status).toBe(200);
    expect(scene.upstream.requestsTo('/api/pull')).toHaveLength(1);
  });

  it('is 503 model_loading at the end of the caller’s own time, with retry-after', async () => {
    scene.upstream.on('POST', '/api/chat', served(json(200, ollamaCompletion())));
    const headers = { 'x-request-timeout-ms': '3000' };
    const early = await scene.chat({ model: `ollama/${MODEL}` }, { headers });
    await expectError(early, 503, { type: 'upstream_error', code: 'model_loading', message: /being pulled/ });
    expect(early.headers.get('retry-after')).toBe('30');
    held.open();
    expect((await scene.chat({ model: `ollama/${MODEL}` })).status).toBe(200);
    expect(scene.upstream.requestsTo('/api/pull')).toHaveLength(1);
  });

  it('is 404 with the words of the server where nobody has it', async () => {
    scene.upstream.on('POST', '/api/chat', MISSING);
    const error = 'pull model manifest: file does not exist';
    scene.upstream.on('POST', '/api/pull', ndjsonStream(line({ status: 'pulling manifest' }), line({ error })));
    await expectError(await scene.chat({ model: `ollama/${MODEL}` }), 404, {
      type: 'invalid_request_error',
      code: 'model_not_found',
      param: 'model',
      message: error,
    });
  });
});

describe('a wait for a pull that is longer than the timeouts', () => {
  const scene = useScene({ yaml: SHORT });

  it.each([false, true])('ends with 503 model_loading (stream: %s), while the pull goes on', async (stream) => {
    // Another model each time: the pull of the first one is still running.
    const model = `slow:${stream}`;
    scene.upstream.on('POST', '/api/show', MISSING);
    scene.upstream.on('POST', '/api/chat', json(404, { error: `model '${model}' not found` }));
    scene.upstream.on('POST', '/api/pull', ndjsonStream(layer(10), latch()));
    const response = await scene.chat({ model: `ollama/${model}`, stream });
    await expectError(response, 503, { type: 'upstream_error', code: 'model_loading' });
    expect(response.headers.get('retry-after')).toBe('30');
    expect(scene.upstream.requestsTo('/api/pull')).toHaveLength(1);
  });
});

describe('a model that is not there, without pull', () => {
  const scene = useScene();

  it('is 404 with the line that gets it', async () => {
    scene.upstream.on('POST', '/api/show', MISSING);
    scene.upstream.on('POST', '/api/chat', MISSING);
    const message = 'ollama pull qwen3:0.6b';
    await expectError(await scene.chat({ model: `ollama/${MODEL}` }), 404, { code: 'model_not_found', message });
    expect(scene.upstream.requestsTo('/api/pull')).toHaveLength(0);
  });
});
