import { latch } from '@mana-llm/llm-providers/testing';
import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { A, ALL, B, EmbeddingScene, settled } from '../../../test/support/embedding-scene.js';
import { routedCall } from '../../../test/support/routing-parts.js';
import type { CallRecord } from '../../call/call-record.js';
import { EmbeddingCache } from './embedding-cache.js';

/** The scripted model counts one token for each item. */
describe(`the tokens that ${EmbeddingCache.name} saves`, () => {
  let scene: EmbeddingScene;

  beforeEach(() => {
    scene = new EmbeddingScene();
  });

  const embed = async (
    input: EmbeddingRequest['input'],
    options: Parameters<EmbeddingScene['embed']>[1] = {},
  ): Promise<object> => {
    const { record } = routedCall();
    await scene.embed(input, { record, ...options });
    return tokensOf(record);
  };
  const tokensOf = (record: CallRecord): object =>
    Object.fromEntries(Object.entries(record).filter(([field]) => field.endsWith('Tokens')));

  const counting =
    (prompt_tokens: number) =>
    async (request: EmbeddingRequest): Promise<EmbeddingList> => ({
      ...scene.answer(request),
      usage: { prompt_tokens, total_tokens: prompt_tokens },
    });
  const metricCalls = (): unknown[] => scene.tokensSaved.mock.calls.flat();

  it('are the tokens of the stored text', async () => {
    scene.answers.push(counting(8));
    expect(await embed('a')).toEqual({ promptTokens: 8 });
    expect(metricCalls()).toEqual([]);
    expect(await embed(['a'])).toEqual({ savedPromptTokens: 8 });
    expect(metricCalls()).toEqual([{ provider: 'ollama', model: 'a', promptTokens: 8 }]);
  });

  it('are the shares of the stored texts of a batch, beside the tokens of its new texts', async () => {
    scene.answers.push(counting(10), counting(3));
    await embed(['four', 'sixsix']);
    expect(await embed(['sixsix', 'new'])).toEqual({ promptTokens: 3, savedPromptTokens: 6 });
    expect(await embed(['four', 'new', 'four'])).toEqual({ savedPromptTokens: 7 });
  });

  it.each([0, -1, 0.5])('are none where the provider counts %s', async (count) => {
    scene.answers.push(counting(count));
    await embed('a');
    expect(await embed('a')).toEqual({});
    expect(metricCalls()).toEqual([]);
  });

  it.each<[unknown]>([[undefined], ['8'], [-1]])('are none of an entry with the count %j', async (tokens) => {
    await embed('a');
    scene.store.fill({ model: A, embedding: [1], tokens });
    expect(await embed('a')).toEqual({});
    expect(metricCalls()).toEqual([]);
  });

  it('are none where the whole batch is asked for anew', async () => {
    await embed(['a', 'b']);
    scene.model = B;
    expect(await embed(['a', 'b', 'c'])).toEqual({ promptTokens: 4 });
    expect(metricCalls()).toEqual([]);
  });

  it('are none where the cache may not be read', async () => {
    await embed('a');
    expect(await embed('a', { policy: { ...ALL, reads: false } })).toEqual({ promptTokens: 1 });
    expect(metricCalls()).toEqual([]);
  });

  it('are those of the call that another request has made, whole or in part', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held));
    const asked = [embed(['a', 'b']), embed(['a', 'b']), embed(['b', 'c'])];
    await settled();
    held.open();
    expect(await Promise.all(asked)).toEqual([
      { promptTokens: 2 },
      { savedPromptTokens: 2 },
      { promptTokens: 1, savedPromptTokens: 1 },
    ]);
    expect(metricCalls()).toEqual([
      { provider: 'ollama', model: 'a', promptTokens: 2 },
      { provider: 'ollama', model: 'a', promptTokens: 1 },
    ]);
  });

  it('are not those of a call whose client has left: the first of the others to be answered pays for the whole call', async () => {
    const held = latch();
    scene.answers.push(scene.whenOpened(held));
    const leaver = new AbortController();
    const left: CallRecord = { ...routedCall().record };
    const first = embed(['a', 'b', 'c'], { signal: leaver.signal, record: left });
    await settled();
    const others = [embed(['b', 'd']), embed(['b'])];
    await settled();
    leaver.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    left.status = 499;
    held.open();
    expect(await Promise.all(others)).toEqual([{ promptTokens: 1, savedPromptTokens: 1 }, { promptTokens: 3 }]);
    expect(tokensOf(left)).toEqual({});
  });
});
