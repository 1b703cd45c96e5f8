import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { fromOllamaEmbeddings } from './from-ollama-embeddings.js';

const TWO = { model: 'nomic', input: ['a', 'b'] };

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

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
