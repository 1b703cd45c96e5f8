import {
  json,
  ndjsonStream,
  ollamaCompletion,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from './support/expect-error.js';
import { useScene } from './support/scene.js';
import { contentOf, readStream } from './support/stream-answer.js';

const CHAT = '/v1/chat/completions';

describe('aliases', () => {
  const scene = useScene({
    yaml: [
      'providers:',
      '  dead: { kind: openai-compatible, baseUrl: http://127.0.0.1:9/v1 }',
      'aliases:',
      '  mana/fast-text: { description: Short answers, chain: [ollama/gemma3:4b, openai/gpt-fake] }',
      '  mana/robust: { chain: [dead/m, groq/unconfigured, ollama/gemma3:4b] }',
      '  mana/embed: { chain: [dead/e, openai/embedder] }',
      '  mana/hopeless: { chain: [dead/m, openai/gpt-fake] }',
      'default: mana/fast-text',
    ].join('\n'),
  });

  it('are listed with their chains and the default', async () => {
    const response = await scene.get('/v1/aliases');
    expect(response.status).toBe(200);
    const body = (await response.json()) as { default: string; aliases: { name: string }[] };
    expect(body.default).toBe('mana/fast-text');
    expect(body.aliases.map(({ name }) => name)).toEqual([
      'mana/fast-text',
      'mana/robust',
      'mana/embed',
      'mana/hopeless',
    ]);
    expect(body.aliases[0]).toEqual({
      name: 'mana/fast-text',
      description: 'Short answers',
      chain: ['ollama/gemma3:4b', 'openai/gpt-fake'],
      resolves_to: 'ollama/gemma3:4b',
    });
  });

  it.each([
    ['by name', { model: 'mana/fast-text' }],
    ['as the default', {}],
  ])('resolve to the first of their chain, asked %s', async (_how, body) => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await scene.chat(body);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/gemma3:4b');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
    expect(await response.json()).toMatchObject({ model: 'ollama/gemma3:4b' });
  });

  it('fall back past a refused connection and a provider without a key', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await scene.chat({ model: 'mana/robust' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('ollama/gemma3:4b');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
  });

  it('fall back for streams that fail before their first content', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream('{"error":"out of memory"}\n'));
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hi'])));
    const response = await scene.chat({ model: 'mana/fast-text', stream: true });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('openai/gpt-fake');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    const stream = await readStream(response);
    expect(contentOf(stream)).toBe('Hi');
    expect(stream.frames[0]?.model).toBe('openai/gpt-fake');
    expect(stream.isDone).toBe(true);
  });

  it('fall back for embeddings', async () => {
    scene.upstream.on('POST', '/v1/embeddings', json(200, openAiEmbeddings([1])));
    const response = await scene.post('/v1/embeddings', { model: 'mana/embed', input: 'x' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('openai/embedder');
    expect(await response.json()).toMatchObject({ model: 'openai/embedder' });
  });

  it.each([[429], [500], [503], [401], [402], [403], [404]])('fall back after %i', async (status) => {
    scene.upstream.on('POST', '/api/chat', json(status, { error: 'No.' }));
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const response = await scene.chat({ model: 'mana/fast-text' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('openai/gpt-fake');
  });

  it.each([[400], [413], [422]])('do not fall back after %i, which is the caller’s fault', async (status) => {
    scene.upstream.on('POST', '/api/chat', json(status, { error: 'No.' }));
    await expectError(await scene.chat({ model: 'mana/fast-text' }), status, { type: 'invalid_request_error' });
  });

  it('are a 503 with each candidate’s reason when none is left', async () => {
    scene.upstream.on('POST', CHAT, json(500, openAiError('No.')));
    const response = await scene.chat({ model: 'mana/hopeless' });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    const error = await expectError(response, 503);
    expect(error['attempts']).toEqual([
      { model: 'dead/m', reason: 'connection_failed', status: null, ms: expect.any(Number) },
      { model: 'openai/gpt-fake', reason: 'server_error', status: 500, ms: expect.any(Number) },
    ]);
  });
});

describe('GET /v1/aliases without a configuration file', () => {
  const scene = useScene();

  it('tells the default model and an empty list', async () => {
    expect(await (await scene.get('/v1/aliases')).json()).toEqual({ default: 'ollama/gemma3:4b', aliases: [] });
  });
});
