import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError } from '../../errors/upstream-error.js';
import type { ProviderEmbeddingRequest } from '../../llm-provider.js';
import { fromOllamaEmbeddings, toOllamaEmbedRequest } from './embed-mapping.js';

const request = (fields: object): ProviderEmbeddingRequest => ({ model: 'nomic', input: 'a', ...fields });

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe(toOllamaEmbedRequest.name, () => {
  it.each<[object, object]>([
    [{}, {}],
    [{ input: ['a', 'b'] }, { input: ['a', 'b'] }],
    [{ input: '' }, { input: '' }],
    [{ dimensions: 256 }, { dimensions: 256 }],
    [{ dimensions: null }, {}],
    [{ keep_alive: '5m' }, { keep_alive: '5m' }],
    [{ options: { num_ctx: 8192 } }, { options: { num_ctx: 8192 } }],
    [{ options: {} }, {}],
    [{ encoding_format: 'base64', user: 'u' }, {}],
  ])('maps %j', (fields, expected) => {
    const body: unknown = JSON.parse(JSON.stringify(toOllamaEmbedRequest(request(fields))));
    expect(body).toEqual({ model: 'nomic', input: 'a', truncate: false, ...expected });
  });

  it.each<[string, object]>([
    ['input', { input: [1, 2, 3] }],
    ['input', { input: [[1, 2], [3]] }],
    ['options', { options: [] }],
    ['keep_alive', { keep_alive: true }],
  ])('refuses, naming %s: %j', (param, fields) => {
    const error = thrownBy(() => toOllamaEmbedRequest(request(fields)));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, param });
  });
});

const TWO = { model: 'nomic', input: ['a', 'b'] };

describe(fromOllamaEmbeddings.name, () => {
  it('maps the vectors in the order of the inputs', () => {
    expect(
      fromOllamaEmbeddings(
        {
          embeddings: [
            [1, 2],
            [3, 4],
          ],
          prompt_eval_count: 7,
        },
        TWO,
        'gpu2',
      ),
    ).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [1, 2] },
        { object: 'embedding', index: 1, embedding: [3, 4] },
      ],
      model: 'gpu2/nomic',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
  });

  it.each([undefined, -1, 1.5, Infinity, '3'])('counts one text as one input and the count %j as zero', (count) => {
    const raw = { embeddings: [[1]], prompt_eval_count: count };
    const list = fromOllamaEmbeddings(raw, { model: 'nomic', input: 'abc' }, 'ollama');
    expect(list.data).toHaveLength(1);
    expect(list.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
  });

  it.each([
    [null],
    [[]],
    [{}],
    [{ embeddings: null }],
    [{ embeddings: [] }],
    [{ embeddings: [[1, 2]] }],
    [{ embeddings: [[1], [2], [3]] }],
    [{ embeddings: [[1], []] }],
    [{ embeddings: [[1], ['2']] }],
    [{ embeddings: [[1], null] }],
    [{ embeddings: [[1], [Infinity]] }],
  ])('refuses %j for two inputs', (raw) => {
    const error = thrownBy(() => fromOllamaEmbeddings(raw, TWO, 'ollama'));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ kind: 'bad_response' });
  });

  it('refuses vectors of another length than was asked for', () => {
    const map = () =>
      fromOllamaEmbeddings(
        {
          embeddings: [
            [1, 2],
            [3, 4, 5],
          ],
        },
        { ...TWO, dimensions: 2 },
        'ollama',
      );
    expect(map).toThrow(ApiError);
    expect(map).toThrow(/2 dimensions: .* gives 3/);
  });

  it('takes vectors of the length that was asked for', () => {
    const list = fromOllamaEmbeddings(
      {
        embeddings: [
          [1, 2],
          [3, 4],
        ],
      },
      { ...TWO, dimensions: 2 },
      'ollama',
    );
    expect(list.data).toHaveLength(2);
  });
});
