import { json, ollamaEmbeddings, openAiEmbeddings, openAiError } from '@mana-llm/llm-providers/testing';
import { expectError } from './support/expect-error.js';
import { useScene } from './support/scene.js';

const PROVIDERS: [string, string, (...vectors: number[][]) => Record<string, unknown>][] = [
  ['openai/embedder', '/v1/embeddings', openAiEmbeddings],
  ['ollama/embedder', '/api/embed', ollamaEmbeddings],
];

const floatsOf = (base64: string): number[] => {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
};

describe('POST /v1/embeddings', () => {
  const scene = useScene();

  describe.each(PROVIDERS)('with %s', (model, path, answer) => {
    it('gives one vector for a text', async () => {
      scene.upstream.on('POST', path, json(200, answer([0.5, -0.25])));
      const response = await scene.post('/v1/embeddings', { model, input: 'one' });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-mana-llm-resolved')).toBe(model);
      expect(await response.json()).toEqual({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.25] }],
        model,
        usage: { prompt_tokens: 3, total_tokens: 3 },
      });
      expect((await scene.upstream.request(path)).body).toMatchObject({ model: 'embedder' });
    });

    it('gives the vectors of a list in its order', async () => {
      scene.upstream.on('POST', path, json(200, answer([1, 0], [0, 1], [1, 1])));
      const response = await scene.post('/v1/embeddings', { model, input: ['a', 'b', 'c'], encoding_format: 'float' });
      expect(await response.json()).toMatchObject({
        data: [
          { index: 0, embedding: [1, 0] },
          { index: 1, embedding: [0, 1] },
          { index: 2, embedding: [1, 1] },
        ],
        usage: { prompt_tokens: 9, total_tokens: 9 },
      });
      expect((await scene.upstream.request(path)).body).toMatchObject({ input: ['a', 'b', 'c'] });
    });

    it('packs floats as base64 when asked', async () => {
      scene.upstream.on('POST', path, json(200, answer([0.5, -0.25, 3])));
      const response = await scene.post('/v1/embeddings', { model, input: 'one', encoding_format: 'base64' });
      const { data } = (await response.json()) as { data: { embedding: string }[] };
      expect(floatsOf(data[0]?.embedding ?? '')).toEqual([0.5, -0.25, 3]);
    });

    it('passes dimensions on', async () => {
      scene.upstream.on('POST', path, json(200, answer([1])));
      await scene.post('/v1/embeddings', { model, input: 'one', dimensions: 1 });
      expect((await scene.upstream.request(path)).body).toMatchObject({ dimensions: 1 });
    });

    it('takes 2048 inputs', async () => {
      // Ollama may be asked in batches: each request is answered with as many vectors as it has inputs.
      scene.upstream.on('POST', path, async (exchange) => {
        const { input } = exchange.request.body as { input: string | string[] };
        const count = Array.isArray(input) ? input.length : 1;
        await json(200, answer(...Array.from({ length: count }, () => [1])))(exchange);
      });
      const input = Array.from({ length: 2048 }, (_, at) => `text ${at}`);
      const response = await scene.post('/v1/embeddings', { model, input });
      const { data } = (await response.json()) as { data: { index: number }[] };
      expect(data.map(({ index }) => index)).toEqual(input.map((_, at) => at));
    });

    it('passes a refusal of the provider on', async () => {
      const error = 'the input is too long for this model';
      scene.upstream.on(
        'POST',
        path,
        json(400, path === '/api/embed' ? { error } : openAiError(error, { type: 'invalid_request_error' })),
      );
      await expectError(await scene.post('/v1/embeddings', { model, input: 'one' }), 400, { message: error });
    });

    it('is an error where vectors are missing', async () => {
      scene.upstream.on('POST', path, json(200, answer([1, 0])));
      await expectError(await scene.post('/v1/embeddings', { model, input: ['a', 'b'] }), 502, {
        code: 'bad_response',
      });
    });
  });

  it.each([
    ['tokens', [11, 22, 33], [[1]]],
    ['lists of tokens', [[11, 22], [33]], [[1], [1]]],
  ])('takes %s to an OpenAI-compatible provider', async (_what, input, vectors) => {
    scene.upstream.on('POST', '/v1/embeddings', json(200, openAiEmbeddings(...vectors)));
    expect((await scene.post('/v1/embeddings', { model: 'openai/embedder', input })).status).toBe(200);
    expect((await scene.upstream.request('/v1/embeddings')).body).toMatchObject({ input });
  });

  it('refuses tokens for Ollama, which reads texts alone', async () => {
    await expectError(await scene.post('/v1/embeddings', { model: 'ollama/embedder', input: [1, 2] }), 400, {
      param: 'input',
    });
  });

  it('reads vectors that the provider sends as base64', async () => {
    const packed = Buffer.from(Float32Array.of(0.5, 2).buffer).toString('base64');
    scene.upstream.on('POST', '/v1/embeddings', json(200, openAiEmbeddings(packed)));
    const response = await scene.post('/v1/embeddings', { model: 'openai/embedder', input: 'one' });
    expect(await response.json()).toMatchObject({ data: [{ embedding: [0.5, 2] }] });
  });

  it.each([
    ['2049 inputs', { input: Array.from({ length: 2049 }, () => 'x') }, 'input'],
    ['an empty list', { input: [] }, 'input'],
    ['no input', {}, 'input'],
    ['a number', { input: 5 }, 'input'],
    ['a mixed list', { input: ['a', 1] }, 'input'],
    ['an unknown encoding', { input: 'a', encoding_format: 'hex' }, 'encoding_format'],
    ['no dimensions', { input: 'a', dimensions: 0 }, 'dimensions'],
  ])('refuses %s', async (_what, body, param) => {
    const response = await scene.post('/v1/embeddings', { model: 'ollama/embedder', ...body });
    await expectError(response, 400, { type: 'invalid_request_error', param });
  });
});
