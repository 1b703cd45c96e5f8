import { UpstreamError } from '@mana-llm/llm-providers';
import { type Gate, gate } from '@mana-llm/llm-providers/testing';
import { ApiError, type EmbeddingList, type EmbeddingRequest } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from '../../routing/attempts/candidate-unavailable-error.js';
import type { Stored } from '../store/answer-store.js';
import type { EmbeddingItem } from '../cache-key.js';
import type { CachePolicy } from '../cache-policy.js';
import { type AskedEmbeddings, EmbeddingCache } from './embedding-cache.js';

const A = 'ollama/a';
const B = 'groq/b';
const ALL: CachePolicy = { reads: true, writes: true, onlyIfCached: false };
const NOW_MS = Date.UTC(2026, 0, 1);

/** Keeps JSON text, as the real one does. */
class FakeStore {
  readonly entries = new Map<string, { text: string; storedAtMs: number }>();

  async getMany<T>(
    keys: readonly string[],
    read: (json: unknown) => T | undefined,
  ): Promise<(Stored<T> | undefined)[]> {
    return keys.map((key) => {
      const entry = this.entries.get(key);
      const value = entry === undefined ? undefined : read(JSON.parse(entry.text));
      return entry === undefined || value === undefined ? undefined : { value, storedAtMs: entry.storedAtMs };
    });
  }

  set(key: string, value: unknown): void {
    this.entries.set(key, { text: JSON.stringify(value), storedAtMs: Date.now() });
  }

  /** Puts the same entry in the place of all. */
  fill(value: unknown): void {
    for (const key of this.entries.keys()) this.set(key, value);
  }
}

const itemsOf = (input: EmbeddingRequest['input']): EmbeddingItem[] =>
  typeof input === 'string' || typeof input[0] === 'number' ? [input as EmbeddingItem] : (input as EmbeddingItem[]);

/** Unlike another item's or another model's. */
const vectorOf = (item: EmbeddingItem, model = A): number[] => [
  model === A ? 1 : 2,
  ...[...JSON.stringify(item)].map((letter) => letter.charCodeAt(0)),
];

describe(EmbeddingCache.name, () => {
  let store: FakeStore;
  let sut: EmbeddingCache;
  let sent: EmbeddingRequest[];
  let signals: AbortSignal[];
  /** Of the model that answers now. */
  let model: string;
  let answers: ((request: EmbeddingRequest) => Promise<EmbeddingList>)[];

  const answer = (request: EmbeddingRequest): EmbeddingList => {
    const items = itemsOf(request.input);
    const data = items.map((item, index) => ({
      object: 'embedding' as const,
      index,
      embedding: vectorOf(item, model),
    }));
    return { object: 'list', data, model, usage: { prompt_tokens: items.length, total_tokens: items.length } };
  };

  const ask = async (request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingList> => {
    sent.push(request);
    signals.push(signal);
    const scripted = answers.shift();
    return scripted === undefined ? answer(request) : scripted(request);
  };

  const embed = (
    input: EmbeddingRequest['input'],
    asked: Partial<AskedEmbeddings> = {},
  ): ReturnType<EmbeddingCache['embed']> =>
    sut.embed(
      {
        request: { input },
        route: [A, B],
        scope: undefined,
        policy: ALL,
        signal: new AbortController().signal,
        ...asked,
      },
      ask,
    );

  const whenOpened =
    ({ opened }: Gate, last: (request: EmbeddingRequest) => EmbeddingList = answer) =>
    async (request: EmbeddingRequest): Promise<EmbeddingList> => {
      await opened;
      return last(request);
    };

  /** Until everything that can go on without a gate has done so. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const expectVectors = (list: EmbeddingList, items: EmbeddingItem[], from = A): void => {
    expect(list.data).toEqual(
      items.map((item, index) => ({ object: 'embedding', index, embedding: vectorOf(item, from) })),
    );
    expect(list.model).toBe(from);
  };

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW_MS, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    store = new FakeStore();
    sut = new EmbeddingCache(store);
    sent = [];
    signals = [];
    answers = [];
    model = A;
  });

  afterEach(() => jest.useRealTimers());

  it('sends 3 new texts among 100 and gives 100 in order', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    const isNew = (_: string, index: number): boolean => [0, 41, 99].includes(index);
    await embed(texts.filter((text, index) => !isNew(text, index)));
    const { list, result } = await embed(texts);
    expect(sent[1]).toEqual({ input: texts.filter(isNew) });
    expect(result).toBe('miss');
    expectVectors(list, texts);
    expect(list.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
  });

  it('asks nobody when all are stored, counts no token, and tells the age of the oldest', async () => {
    await embed('a');
    jest.setSystemTime(NOW_MS + 5_500);
    await embed(['b']);
    jest.setSystemTime(NOW_MS + 9_900);
    const { list, ...rest } = await embed(['b', 'a']);
    expect(rest).toEqual({ result: 'hit', ageSeconds: 9 });
    expectVectors(list, ['b', 'a']);
    expect(list.usage).toEqual({ prompt_tokens: 0, total_tokens: 0 });
    expect(sent).toHaveLength(2);
  });

  it.each<[string, EmbeddingRequest['input'], EmbeddingItem[]]>([
    ['a text', 'a', ['a']],
    ['a list of texts', ['a', 'b'], ['a', 'b']],
    ['a list of tokens, which is one item', [1, 2, 3], [[1, 2, 3]]],
    ['lists of tokens', [[1, 2], [3]], [[1, 2], [3]]],
  ])('stores %s item by item', async (_what, input, items) => {
    const first = await embed(input);
    expect(first.result).toBe('miss');
    expectVectors(first.list, items);
    expect(sent).toEqual([{ input }]);
    for (const item of items) {
      const { result, list } = await embed(typeof item === 'string' ? item : [item]);
      expect(result).toBe('hit');
      expectVectors(list, [item]);
    }
  });

  it('asks for equal texts of a batch once', async () => {
    const { list } = await embed(['a', 'b', 'a', 'a']);
    expect(sent).toEqual([{ input: ['a', 'b'] }]);
    expectVectors(list, ['a', 'b', 'a', 'a']);
    expect(list.usage.prompt_tokens).toBe(2);
  });

  it('gives an answer to the whole request as it came, other fields included', async () => {
    answers.push(async (request) => ({
      ...answer(request),
      id: 'x',
      usage: { prompt_tokens: 1, total_tokens: 1, cost: 3 },
    }));
    const { list } = await embed(['a']);
    expect(list).toMatchObject({ id: 'x', usage: { cost: 3 } });
  });

  it('shares one call among 1,000 equal requests', async () => {
    const all = await Promise.all(Array.from({ length: 1000 }, () => embed(['a', 'b'])));
    expect(sent).toHaveLength(1);
    expect(all.filter(({ result }) => result === 'coalesced')).toHaveLength(999);
    all.forEach(({ list }) => expectVectors(list, ['a', 'b']));
    expect(all.reduce((sum, { list }) => sum + list.usage.prompt_tokens, 0)).toBe(2);
  });

  it('waits for items that others asked for and asks for the rest at once', async () => {
    const held = gate();
    answers.push(whenOpened(held));
    const first = embed(['a', 'b']);
    await settled();
    const second = embed(['b', 'c']);
    await settled();
    expect(sent).toEqual([{ input: ['a', 'b'] }, { input: ['c'] }]);
    held.open();
    expectVectors((await first).list, ['a', 'b']);
    const { list, result } = await second;
    expect(result).toBe('miss');
    expectVectors(list, ['b', 'c']);
    expect(list.usage.prompt_tokens).toBe(1);
  });

  it('fails all who wait for a call with its error, and asks anew afterwards', async () => {
    const error = new UpstreamError('down', { provider: 'ollama', kind: 'connection_failed' });
    const fails = gate();
    answers.push(
      whenOpened(fails, () => {
        throw error;
      }),
    );
    const asked = [embed(['a', 'b']), embed(['a', 'b']), embed(['b'])];
    const ends = Promise.allSettled(asked);
    await settled();
    fails.open();
    expect((await ends).map((end): unknown => (end.status === 'rejected' ? end.reason : undefined))).toEqual([
      error,
      error,
      error,
    ]);
    expect(sent).toHaveLength(1);
    expect(store.entries.size).toBe(0);
    expect((await embed(['b'])).result).toBe('miss');
  });

  it('fails equal requests with a refusal, and asks for itself where another batch was refused', async () => {
    const refusal = ApiError.invalidRequest('input[0] is too long', 'input[0]');
    const fails = gate();
    answers.push(
      whenOpened(fails, () => {
        throw refusal;
      }),
    );
    const equal = [embed(['long', 'b']), embed(['long', 'b'])];
    const ends = Promise.allSettled(equal);
    const other = embed(['b']);
    await settled();
    fails.open();
    expect(await ends).toEqual([
      { status: 'rejected', reason: refusal },
      { status: 'rejected', reason: refusal },
    ]);
    expectVectors((await other).list, ['b']);
    expect(sent).toEqual([{ input: ['long', 'b'] }, { input: ['b'] }]);
  });

  it.each<[string, Error, boolean]>([
    [
      'asks for itself where a provider finds another’s text too long',
      new UpstreamError('Too long.', { provider: 'p', kind: 'refused', status: 400, code: 'context_length_exceeded' }),
      true,
    ],
    ['does not ask a full server anew', new CandidateUnavailableError('p/m', 'queue_full', 1_000), false],
  ])('%s', async (_what, error, isAskedAnew) => {
    const fails = gate();
    answers.push(
      whenOpened(fails, () => {
        throw error;
      }),
    );
    const first = embed(['long', 'b']).catch((thrown: unknown) => thrown);
    const other = embed(['b']).then(
      () => true,
      (thrown: unknown) => thrown,
    );
    await settled();
    fails.open();
    expect(await first).toBe(error);
    expect(await other).toBe(isAskedAnew ? true : error);
    expect(sent).toHaveLength(isAskedAnew ? 2 : 1);
  });

  it('has a refusal name the item of the request as it came', async () => {
    await embed(['a']);
    answers.push(async () => {
      throw ApiError.invalidRequest('input[0] is too long', 'input[0]');
    });
    answers.push(async () => {
      throw ApiError.invalidRequest('input[1] is too long', 'input[1]');
    });
    await expect(embed(['a', 'long'])).rejects.toThrow('input[1] is too long');
    expect(sent.slice(1)).toEqual([{ input: ['long'] }, { input: ['a', 'long'] }]);
  });

  it('goes on for the others, and stores, when the one who asked first leaves', async () => {
    const held = gate();
    answers.push(whenOpened(held));
    const leader = new AbortController();
    const first = embed('a', { signal: leader.signal });
    await settled();
    const second = embed('a');
    leader.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(signals[0]?.aborted).toBe(false);
    held.open();
    expectVectors((await second).list, ['a']);
    expect((await embed('a')).result).toBe('hit');
    expect(sent).toHaveLength(1);
  });

  it('stops the call when the last one has left, and the next request asks anew', async () => {
    answers.push(whenOpened(gate()));
    const leavers = [new AbortController(), new AbortController()];
    const ends = Promise.allSettled(leavers.map(({ signal }) => embed('a', { signal })));
    await settled();
    leavers.forEach((leaver) => leaver.abort(new Error('left')));
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(signals[0]?.aborted).toBe(true);
    expect((await embed('a')).result).toBe('miss');
  });

  it('asks nobody for a client that leaves while the store is read', async () => {
    const client = new AbortController();
    const left = embed('a', { signal: client.signal });
    client.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    expect(sent).toEqual([]);
  });

  it('asks for the whole batch anew when the new items come from another model, and stores that', async () => {
    await embed(['a', 'b']);
    model = B;
    const { list, result } = await embed(['a', 'b', 'c']);
    expect(sent.slice(1)).toEqual([{ input: ['c'] }, { input: ['a', 'b', 'c'] }]);
    expect(result).toBe('miss');
    expectVectors(list, ['a', 'b', 'c'], B);
    expect(list.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
    const again = await embed(['c', 'a']);
    expect(again.result).toBe('hit');
    expectVectors(again.list, ['c', 'a'], B);
  });

  it('keeps of stored vectors those of the model that comes first in the route, however few', async () => {
    model = B;
    await embed(['b', 'c', 'd']);
    model = A;
    await embed(['a']);
    const { list } = await embed(['a', 'b', 'c', 'd']);
    expect(sent.slice(2)).toEqual([{ input: ['b', 'c', 'd'] }]);
    expectVectors(list, ['a', 'b', 'c', 'd']);
  });

  it('asks for the whole batch anew when items that others asked for come from another model', async () => {
    const held = gate();
    answers.push(whenOpened(held, (request) => ({ ...answer(request), model: B })));
    const first = embed(['a']);
    await settled();
    const second = embed(['a', 'b']);
    await settled();
    held.open();
    await first;
    expectVectors((await second).list, ['a', 'b']);
    expect(sent).toEqual([{ input: ['a'] }, { input: ['b'] }, { input: ['a', 'b'] }]);
  });

  it('stores nothing from an answer with too few vectors', async () => {
    const tooFew = async (request: EmbeddingRequest): Promise<EmbeddingList> => {
      const list = answer(request);
      return { ...list, data: list.data.slice(1) };
    };
    answers.push(tooFew);
    expect((await embed(['a', 'b'])).list.data).toHaveLength(1);
    expect(store.entries.size).toBe(0);
    await embed(['a']);
    answers.push(tooFew);
    expectVectors((await embed(['a', 'b', 'c'])).list, ['a', 'b', 'c']);
    expect(sent.slice(2)).toEqual([{ input: ['b', 'c'] }, { input: ['a', 'b', 'c'] }]);
  });

  it('gives a packed vector and does not store it', async () => {
    answers.push(async (request) => {
      const list = answer(request);
      return {
        ...list,
        data: list.data.map((item, index) => (index === 0 ? { ...item, embedding: 'AAAAPw==' } : item)),
      };
    });
    const { list } = await embed(['a', 'b']);
    expect(list.data[0]?.embedding).toBe('AAAAPw==');
    await embed(['a', 'b']);
    expect(sent[1]).toEqual({ input: ['a'] });
  });

  it.each<[unknown]>([
    [null],
    ['text'],
    [{ model: A }],
    [{ model: A, embedding: [] }],
    [{ model: A, embedding: ['1'] }],
    [{ model: 1, embedding: [1] }],
  ])('takes the stored value %j for none', async (value) => {
    await embed('a');
    store.fill(value);
    const { list, result } = await embed('a');
    expect(result).toBe('miss');
    expectVectors(list, ['a']);
  });

  it('takes nothing that is older than the caller allows', async () => {
    await embed('a');
    jest.setSystemTime(NOW_MS + 10_000);
    expect((await embed('a', { policy: { ...ALL, maxAgeSeconds: 10 } })).result).toBe('hit');
    expect((await embed('a', { policy: { ...ALL, maxAgeSeconds: 9 } })).result).toBe('miss');
    expect((await embed('a', { policy: { ...ALL, maxAgeSeconds: 0.5 } })).ageSeconds).toBe(0);
  });

  it('only writes for no-cache', async () => {
    await embed('a');
    expect((await embed('a', { policy: { ...ALL, reads: false } })).result).toBe('miss');
    model = B;
    await embed(['a', 'a'], { policy: { ...ALL, reads: false } });
    expect(sent).toHaveLength(3);
    expectVectors((await embed('a')).list, ['a'], B);
  });

  it('sends the request as it came when nothing may be read or written', async () => {
    const request = { input: ['a', 'a'], model: 'x' };
    await embed('a');
    const policy = { reads: false, writes: false, onlyIfCached: false };
    const { list, result } = await embed([], { policy, request });
    expect(sent[1]).toBe(request);
    expect(result).toBe('bypass');
    expectVectors(list, ['a', 'a']);
    expect(store.entries.size).toBe(1);
  });

  it('answers only-if-cached with what is stored, else with 504, and asks nobody', async () => {
    await embed('a');
    const policy = { ...ALL, onlyIfCached: true };
    expect((await embed('a', { policy })).result).toBe('hit');
    await expect(embed(['a', 'b'], { policy })).rejects.toMatchObject({ status: 504 });
    await expect(embed('a', { policy: { ...policy, reads: false } })).rejects.toMatchObject({ status: 504 });
    await expect(embed('a', { policy, scope: 'other' })).rejects.toMatchObject({ status: 504 });
    expect(sent).toHaveLength(1);
  });

  it('leaves a caller at its own limit while the others wait on', async () => {
    const held = gate();
    answers.push(whenOpened(held));
    const impatient = embed('a', { limits: { deadlineAtMs: NOW_MS + 100 } });
    const patient = embed('a');
    const refused = expect(impatient).rejects.toMatchObject({ kind: 'timeout' });
    await settled();
    await jest.advanceTimersByTimeAsync(200);
    await refused;
    held.open();
    expectVectors((await patient).list, ['a']);
    expect(sent).toHaveLength(1);
  });

  it('asks nothing anew for a caller whose time is over while another’s call brings a part of its batch', async () => {
    const held = gate();
    answers.push(whenOpened(held));
    const patient = embed('a');
    await settled();
    const refused = expect(embed(['a', 'b'], { limits: { deadlineAtMs: NOW_MS + 100 } })).rejects.toMatchObject({
      kind: 'timeout',
    });
    await settled();
    await jest.advanceTimersByTimeAsync(200);
    await refused;
    held.open();
    await patient;
    expect(sent.map(({ input }) => input)).toEqual(['a', ['b']]);
  });
});
