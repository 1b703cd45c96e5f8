import { openAiEmbeddings } from '../testing/openai-completion.js';
import { fromOpenAiEmbeddings } from './from-openai-embeddings.js';

const source = (inputCount: number): { provider: string; model: string; inputCount: number } => ({
  provider: 'p',
  model: 'm',
  inputCount,
});

const pack = (...floats: number[]): string => {
  const bytes = Buffer.alloc(floats.length * 4);
  floats.forEach((float, position) => bytes.writeFloatLE(float, position * 4));
  return bytes.toString('base64');
};

describe(fromOpenAiEmbeddings.name, () => {
  it('gives the vectors with our name for the model', () => {
    expect(fromOpenAiEmbeddings(openAiEmbeddings([0.5, -1], [2, 3]), source(2))).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -1] },
        { object: 'embedding', index: 1, embedding: [2, 3] },
      ],
      model: 'p/m',
      usage: { prompt_tokens: 6, total_tokens: 6 },
    });
  });

  it('unpacks base64', () => {
    const { data } = fromOpenAiEmbeddings(openAiEmbeddings(pack(0.5, -1.25)), source(1));
    expect(data[0]?.embedding).toEqual([0.5, -1.25]);
  });

  it.each<[string, unknown[], number[]]>([
    [
      'by their index',
      [
        { index: 1, embedding: [1] },
        { index: 0, embedding: [0] },
      ],
      [0, 1],
    ],
    ['by their place without one', [{ embedding: [0] }, { embedding: [1] }], [0, 1]],
    [
      'by their place when every index is 0',
      [
        { index: 0, embedding: [0] },
        { index: 0, embedding: [1] },
      ],
      [0, 1],
    ],
  ])('orders the vectors %s and numbers them so', (_how, data, expected) => {
    const list = fromOpenAiEmbeddings({ data }, source(2)).data;
    expect(list.map(({ embedding }) => embedding)).toEqual(expected.map((float) => [float]));
    expect(list.map(({ index }) => index)).toEqual([0, 1]);
  });

  it.each<[unknown, object]>([
    [undefined, { prompt_tokens: 0, total_tokens: 0 }],
    [{ prompt_tokens: 4 }, { prompt_tokens: 4, total_tokens: 4 }],
    [
      { prompt_tokens: 4, total_tokens: 5, cost: 1 },
      { prompt_tokens: 4, total_tokens: 5, cost: 1 },
    ],
    ['x', { prompt_tokens: 0, total_tokens: 0 }],
    [
      { prompt_tokens: 4, completion_tokens: true, total_tokens: 'x' },
      { prompt_tokens: 4, total_tokens: 4 },
    ],
    [
      { prompt_tokens: -1, total_tokens: Infinity },
      { prompt_tokens: 0, total_tokens: 0 },
    ],
  ])('reads the usage %j', (usage, expected) => {
    expect(fromOpenAiEmbeddings({ data: [{ embedding: [1] }], usage }, source(1)).usage).toEqual(expected);
  });

  it.each<[string, unknown, number]>([
    ['nothing', null, 1],
    ['a text', 'x', 1],
    ['no data', {}, 1],
    ['too few', openAiEmbeddings([1]), 2],
    ['too many', openAiEmbeddings([1], [2]), 1],
    ['one that is no object', { data: [{ embedding: [1] }, 'x'] }, 1],
    ['one that is no vector', { data: [{ embedding: ['a'] }] }, 1],
    ['one without a vector', { data: [{ index: 0 }] }, 1],
    ['an empty vector', { data: [{ embedding: [] }] }, 1],
    ['an empty text', { data: [{ embedding: '' }] }, 1],
    ['a vector that holds infinity', { data: [{ embedding: [1, Infinity] }] }, 1],
    ['a packed vector that holds no number', { data: [{ embedding: pack(1, NaN) }] }, 1],
    ['an index that is infinite', { data: [{ index: Infinity, embedding: [1] }] }, 1],
  ])('refuses %s', (_what, raw, inputCount) => {
    expect(() => fromOpenAiEmbeddings(raw, source(inputCount))).toThrow(
      expect.objectContaining({
        kind: 'bad_response',
        message: expect.stringMatching(`^p answered with \\d embeddings for ${inputCount} inputs`),
      }),
    );
  });
});
