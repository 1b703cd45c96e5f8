import { ChunkNormalizer } from '../stream/chunk-normalizer.js';
import { openAiCompletion, openAiEmbeddings, openAiModels } from '../testing/openai-completion.js';
import { fromOpenAiEmbeddings, fromOpenAiModels, fromWholeAnswer } from './from-openai-answer.js';

const SOURCE = { provider: 'p', model: 'm' };

describe(fromWholeAnswer.name, () => {
  it('gives a chunk that a stream can be made of', () => {
    const normalizer = new ChunkNormalizer(SOURCE);
    const raw = openAiCompletion({ message: { content: 'Hi', reasoning: 'hm' }, system_fingerprint: 'fp' });
    const chunks = [...normalizer.push(fromWholeAnswer(raw, SOURCE)), ...normalizer.end()];
    const frame = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'p/m' };
    const delta = { role: 'assistant', content: 'Hi', reasoning: 'hm', reasoning_content: 'hm' };
    expect(chunks).toEqual([
      { ...frame, system_fingerprint: 'fp', choices: [{ index: 0, delta, finish_reason: null }] },
      { ...frame, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { ...frame, choices: [], usage: raw['usage'] },
    ]);
  });

  it('numbers the tool calls', () => {
    const called = (name: string): object => ({ type: 'function', id: name, function: { name, arguments: '{}' } });
    const raw = openAiCompletion({ finish_reason: 'tool_calls' });
    raw['choices'] = [{ message: { tool_calls: [called('f'), called('g')] }, finish_reason: 'tool_calls' }];
    expect(fromWholeAnswer(raw, SOURCE)).toMatchObject({
      choices: [
        {
          delta: {
            tool_calls: [
              { index: 0, ...called('f') },
              { index: 1, ...called('g') },
            ],
          },
        },
      ],
    });
  });

  it.each([{}, { choices: [] }, { message: 'Hi' }, { choices: [{ message: { content: 'Hi' } }] }])(
    'refuses %j, which is no answer',
    (raw) => {
      expect(() => fromWholeAnswer(raw, SOURCE)).toThrow(expect.objectContaining({ kind: 'bad_response' }));
    },
  );
});

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

describe(fromOpenAiModels.name, () => {
  it("puts the provider before each id and keeps the provider's own fields", () => {
    const raw = {
      object: 'list',
      data: [{ id: 'meta-llama/a:b', object: 'x', created: 7.9, owned_by: 'meta', context_length: 5 }],
    };
    expect(fromOpenAiModels(raw, 'p')).toEqual([
      { id: 'p/meta-llama/a:b', object: 'model', created: 7, owned_by: 'meta', context_length: 5 },
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ['a list in data', openAiModels('a', 'b'), ['p/a', 'p/b']],
    ['a bare list', [{ id: 'a' }], ['p/a']],
    ["Google's names", { data: [{ id: 'models/gemini-x' }] }, ['p/gemini-x']],
    ['entries without a name left out', { data: [{ id: 'a' }, {}, { id: '' }, { id: 5 }, null, 'x'] }, ['p/a']],
    ['nothing', null, []],
    ['no list', { data: 'x' }, []],
  ])('reads %s', (_what, raw, ids) => {
    expect(fromOpenAiModels(raw, 'p').map(({ id }) => id)).toEqual(ids);
  });

  it('fills in what is missing', () => {
    expect(fromOpenAiModels([{ id: 'a', created: 'x', owned_by: '' }], 'p')).toEqual([
      { id: 'p/a', object: 'model', created: 0, owned_by: 'p' },
    ]);
  });
});
