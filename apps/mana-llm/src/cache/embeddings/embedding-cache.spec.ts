import { ApiError, type EmbeddingList, type EmbeddingRequest } from '@mana-llm/openai-api';
import {
  A,
  ALL,
  B,
  EmbeddingScene,
  expectVectors,
  NOW_MS,
  useEmbeddingClock,
} from '../../../test/support/embedding-scene.js';
import type { EmbeddingItem } from '../cache-key.js';
import { EmbeddingCache } from './embedding-cache.js';

describe(EmbeddingCache.name, () => {
  let scene: EmbeddingScene;

  useEmbeddingClock();
  beforeEach(() => {
    scene = new EmbeddingScene();
  });

  it('sends 3 new texts among 100 and gives 100 in order', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    const isNew = (_: string, index: number): boolean => [0, 41, 99].includes(index);
    await scene.embed(texts.filter((text, index) => !isNew(text, index)));
    const { list, result } = await scene.embed(texts);
    expect(scene.sent[1]).toEqual({ input: texts.filter(isNew) });
    expect(result).toBe('miss');
    expectVectors(list, texts);
    expect(list.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
  });

  it('asks nobody when all are stored, counts no token, and tells the age of the oldest', async () => {
    await scene.embed('a');
    jest.setSystemTime(NOW_MS + 5_500);
    await scene.embed(['b']);
    jest.setSystemTime(NOW_MS + 9_900);
    const { list, ...rest } = await scene.embed(['b', 'a']);
    expect(rest).toEqual({ result: 'hit', ageSeconds: 9 });
    expectVectors(list, ['b', 'a']);
    expect(list.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
    expect(scene.sent).toHaveLength(2);
  });

  it.each<[string, EmbeddingRequest['input'], EmbeddingItem[]]>([
    ['a text', 'a', ['a']],
    ['a list of texts', ['a', 'b'], ['a', 'b']],
    ['a list of tokens, which is one item', [1, 2, 3], [[1, 2, 3]]],
    ['lists of tokens', [[1, 2], [3]], [[1, 2], [3]]],
  ])('stores %s item by item', async (_what, input, items) => {
    const first = await scene.embed(input);
    expect(first.result).toBe('miss');
    expectVectors(first.list, items);
    expect(scene.sent).toEqual([{ input }]);
    for (const item of items) {
      const { result, list } = await scene.embed(typeof item === 'string' ? item : [item]);
      expect(result).toBe('hit');
      expectVectors(list, [item]);
    }
  });

  it('asks for equal texts of a batch once', async () => {
    const { list } = await scene.embed(['a', 'b', 'a', 'a']);
    expect(scene.sent).toEqual([{ input: ['a', 'b'] }]);
    expectVectors(list, ['a', 'b', 'a', 'a']);
    expect(list.usage.prompt_tokens).toBe(2);
  });

  it('gives an answer to the whole request as it came, other fields included', async () => {
    scene.answers.push(async (request) => ({
      ...scene.answer(request),
      id: 'x',
      usage: { prompt_tokens: 1, total_tokens: 1, cost: 3 },
    }));
    const { list } = await scene.embed(['a']);
    expect(list).toMatchObject({ id: 'x', usage: { cost: 3 } });
  });

  it('has a refusal name the item of the request as it came', async () => {
    await scene.embed(['a']);
    scene.answers.push(async () => {
      throw ApiError.invalidRequest('input[0] is too long', 'input[0]');
    });
    scene.answers.push(async () => {
      throw ApiError.invalidRequest('input[1] is too long', 'input[1]');
    });
    await expect(scene.embed(['a', 'long'])).rejects.toThrow('input[1] is too long');
    expect(scene.sent.slice(1)).toEqual([{ input: ['long'] }, { input: ['a', 'long'] }]);
  });

  it('asks nobody for a client that leaves while the store is read', async () => {
    const client = new AbortController();
    const left = scene.embed('a', { signal: client.signal });
    client.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(scene.sent).toEqual([]);
  });

  it('asks for the whole batch anew when the new items come from another model, and stores that', async () => {
    await scene.embed(['a', 'b']);
    scene.model = B;
    const { list, result } = await scene.embed(['a', 'b', 'c']);
    expect(scene.sent.slice(1)).toEqual([{ input: ['c'] }, { input: ['a', 'b', 'c'] }]);
    expect(result).toBe('miss');
    expectVectors(list, ['a', 'b', 'c'], B);
    expect(list.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    const again = await scene.embed(['c', 'a']);
    expect(again.result).toBe('hit');
    expectVectors(again.list, ['c', 'a'], B);
  });

  it('keeps of stored vectors those of the model that comes first in the route, however few', async () => {
    scene.model = B;
    await scene.embed(['b', 'c', 'd']);
    scene.model = A;
    await scene.embed(['a']);
    const { list } = await scene.embed(['a', 'b', 'c', 'd']);
    expect(scene.sent.slice(2)).toEqual([{ input: ['b', 'c', 'd'] }]);
    expectVectors(list, ['a', 'b', 'c', 'd']);
  });

  it('stores nothing from an answer with too few vectors', async () => {
    const tooFew = async (request: EmbeddingRequest): Promise<EmbeddingList> => {
      const list = scene.answer(request);
      return { ...list, data: list.data.slice(1) };
    };
    scene.answers.push(tooFew);
    expect((await scene.embed(['a', 'b'])).list.data).toHaveLength(1);
    expect(scene.store.entries.size).toBe(0);
    await scene.embed(['a']);
    scene.answers.push(tooFew);
    expectVectors((await scene.embed(['a', 'b', 'c'])).list, ['a', 'b', 'c']);
    expect(scene.sent.slice(2)).toEqual([{ input: ['b', 'c'] }, { input: ['a', 'b', 'c'] }]);
  });

  it('gives a packed vector and does not store it', async () => {
    scene.answers.push(async (request) => {
      const list = scene.answer(request);
      return {
        ...list,
        data: list.data.map((item, index) => (index === 0 ? { ...item, embedding: 'AAAAPw==' } : item)),
      };
    });
    const { list } = await scene.embed(['a', 'b']);
    expect(list.data[0]?.embedding).toBe('AAAAPw==');
    await scene.embed(['a', 'b']);
    expect(scene.sent[1]).toEqual({ input: ['a'] });
  });

  it.each<[unknown]>([
    [null],
    ['text'],
    [{ model: A }],
    [{ model: A, embedding: [] }],
    [{ model: A, embedding: ['1'] }],
    [{ model: 1, embedding: [1] }],
  ])('takes the stored value %j for none', async (value) => {
    await scene.embed('a');
    scene.store.fill(value);
    const { list, result } = await scene.embed('a');
    expect(result).toBe('miss');
    expectVectors(list, ['a']);
  });

  it('takes nothing that is older than the caller allows', async () => {
    await scene.embed('a');
    jest.setSystemTime(NOW_MS + 10_000);
    expect((await scene.embed('a', { policy: { ...ALL, maxAgeSeconds: 10 } })).result).toBe('hit');
    expect((await scene.embed('a', { policy: { ...ALL, maxAgeSeconds: 9 } })).result).toBe('miss');
    expect((await scene.embed('a', { policy: { ...ALL, maxAgeSeconds: 0.5 } })).ageSeconds).toBe(0);
  });

  it('only writes for no-cache', async () => {
    await scene.embed('a');
    expect((await scene.embed('a', { policy: { ...ALL, reads: false } })).result).toBe('miss');
    scene.model = B;
    await scene.embed(['a', 'a'], { policy: { ...ALL, reads: false } });
    expect(scene.sent).toHaveLength(3);
    expectVectors((await scene.embed('a')).list, ['a'], B);
  });

  it('sends the request as it came when nothing may be read or written', async () => {
    const request = { input: ['a', 'a'], model: 'x' };
    await scene.embed('a');
    const policy = { reads: false, writes: false, onlyIfCached: false };
    const { list, result } = await scene.embed([], { policy, request });
    expect(scene.sent[1]).toBe(request);
    expect(result).toBeUndefined();
    expectVectors(list, ['a', 'a']);
    expect(scene.store.entries.size).toBe(1);
  });

  it('answers only-if-cached with what is stored, else with 504, and asks nobody', async () => {
    await scene.embed('a');
    const policy = { ...ALL, onlyIfCached: true };
    expect((await scene.embed('a', { policy })).result).toBe('hit');
    await expect(scene.embed(['a', 'b'], { policy })).rejects.toMatchObject({ status: 504 });
    await expect(scene.embed('a', { policy: { ...policy, reads: false } })).rejects.toMatchObject({ status: 504 });
    await expect(scene.embed('a', { policy, scope: 'other' })).rejects.toMatchObject({ status: 504 });
    expect(scene.sent).toHaveLength(1);
  });
});
