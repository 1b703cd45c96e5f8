import { BodyMemory } from '../door/body-memory.js';
import type { Call } from '../call/call.js';
import { routedCall } from '../../test/support/routing-parts.js';
import { ResponseStore } from './response-store.js';
import { TextsOfOwners, type ResponseTexts } from './response-texts.js';
import { responseOf, type StoredResponse } from './stored-response.js';

const idOf = (digit: string): string => `resp_${digit.repeat(32)}`;
const turn = (digit: string, parent: string | null = null): StoredResponse => ({
  id: idOf(digit),
  parentId: parent === null ? null : idOf(parent),
  input: [{ type: 'message', id: `in-${digit}` }],
  output: [{ id: `out-${digit}` }],
  response: JSON.stringify({ id: idOf(digit) }),
});
const long = (digit: string, parent: string | null = null, length = 500): StoredResponse => ({
  ...turn(digit, parent),
  input: [{ text: 'x'.repeat(length) }],
});

const failing: ResponseTexts = {
  get: () => Promise.reject(new Error('down')),
  set: () => Promise.reject(new Error('down')),
  delete: () => Promise.reject(new Error('down')),
};

const MIB = 1024 * 1024;
const LIMITS = { maxBytes: 1_000, maxValues: 1_000 };

/** A store whose requests are those of `who`; without a name, of a gateway without keys. */
function storeOf(texts: ResponseTexts | undefined, limits = LIMITS, memory = new BodyMemory(MIB)) {
  const store = new ResponseStore(texts, limits, memory);
  const of = (who: string, left = new AbortController()): Call => ({
    ...routedCall(left),
    caller: { principal: who, isKeyChecked: who !== '' },
  });
  return {
    put: (one: StoredResponse, who = '') => store.put(one, of(who)),
    get: (id: string, who = '') => store.read(of(who)).get(id),
    delete: (id: string, who = '') => store.read(of(who)).delete(id),
    conversation: (id: string, left?: AbortController) => store.read(of('', left)).conversation(id),
    read: (left?: AbortController) => store.read(of('', left)),
  };
}

describe(ResponseStore.name, () => {
  let sut: ReturnType<typeof storeOf>;

  beforeEach(() => (sut = storeOf(new TextsOfOwners(10_000, 60_000))));

  it('gives a turn to its owner alone, until it is deleted', async () => {
    expect(await sut.put(turn('a'), 'ada')).toBe(true);
    expect(await sut.get(idOf('a'), 'ada')).toMatchObject(turn('a'));
    expect(await sut.get(idOf('a'), 'bob')).toBeUndefined();
    expect(await sut.delete(idOf('a'), 'bob')).toBe(false);
    expect(await sut.delete(idOf('a'), 'ada')).toBe(true);
    expect(await sut.get(idOf('a'), 'ada')).toBeUndefined();
    expect(await sut.delete(idOf('a'), 'ada')).toBe(false);
  });

  it('gives the turns of a conversation from its beginning', async () => {
    for (const one of [turn('a'), turn('b', 'a'), turn('c', 'b'), turn('d', 'a')]) await sut.put(one);
    expect((await sut.conversation(idOf('c')))?.map(({ id }) => id)).toEqual(['a', 'b', 'c'].map(idOf));
    expect((await sut.conversation(idOf('d')))?.map(({ id }) => id)).toEqual(['a', 'd'].map(idOf));
  });

  it('gives no conversation of which a turn is missing', async () => {
    await sut.put(turn('b', 'a'));
    expect(await sut.conversation(idOf('b'))).toBeUndefined();
    expect(await sut.conversation(idOf('a'))).toBeUndefined();
  });

  it('gives a response as it was given', async () => {
    const { response } = turn('a');
    await sut.put(turn('a'));
    expect(responseOf((await sut.get(idOf('a')))!)).toEqual({ ...JSON.parse(response), output: turn('a').output });
  });

  it('refuses a conversation that is larger than one turn may be', async () => {
    expect(await sut.put(long('a'))).toBe(true);
    expect(await sut.put(long('b', 'a'))).toBe(true);
    await expect(sut.conversation(idOf('b'))).rejects.toMatchObject({
      status: 413,
      code: 'request_too_large',
      param: 'previous_response_id',
    });
    expect(await sut.conversation(idOf('a'))).toHaveLength(1);
  });

  it('counts everything that one request reads together', async () => {
    for (const digit of ['a', 'b']) await sut.put(long(digit));
    const reading = sut.read();
    expect(await reading.get(idOf('a'))).toBeDefined();
    await expect(reading.get(idOf('b'))).rejects.toMatchObject({ status: 413 });
    expect(await sut.get(idOf('b'))).toBeDefined();
  });

  it('refuses a conversation of more values than a request may have', async () => {
    const many = (digit: string, parent: string | null): StoredResponse => ({
      ...turn(digit, parent),
      input: [{ values: Array<number>(600).fill(1) }],
    });
    const wide = storeOf(new TextsOfOwners(MIB, 60_000), { ...LIMITS, maxBytes: MIB });
    for (const [digit, parent] of [['a', null] as const, ['b', 'a'] as const]) await wide.put(many(digit, parent));
    expect(await wide.conversation(idOf('a'))).toHaveLength(1);
    await expect(wide.conversation(idOf('b'))).rejects.toMatchObject({ status: 413 });
  });

  it('counts what is read as if it had been sent, up to the end of the request', async () => {
    const large = storeOf(new TextsOfOwners(MIB, 60_000), { ...LIMITS, maxBytes: MIB }, new BodyMemory(MIB));
    await large.put(long('a', null, 200_000));
    const first = new AbortController();
    expect(await large.conversation(idOf('a'), first)).toHaveLength(1);
    await expect(large.conversation(idOf('a'))).rejects.toMatchObject({ status: 429, code: 'too_many_large_requests' });
    first.abort();
    expect(await large.conversation(idOf('a'))).toHaveLength(1);
  });

  it('lets others have their turn while it reads a long conversation', async () => {
    const size = 0.4 * MIB;
    const large = storeOf(
      new TextsOfOwners(8 * MIB, 60_000),
      { ...LIMITS, maxBytes: 8 * MIB },
      new BodyMemory(64 * MIB),
    );
    for (const [digit, parent] of [['a', null] as const, ['b', 'a'] as const, ['c', 'b'] as const])
      await large.put(long(digit, parent, size));
    let others = 0;
    const other = setImmediate(() => (others += 1));
    expect(await large.conversation(idOf('c'))).toHaveLength(3);
    clearImmediate(other);
    expect(others).toBe(1);
  });

  it('gives no conversation that goes round in a circle', async () => {
    const large = storeOf(new TextsOfOwners(10_000, 60_000), { maxBytes: 1_000_000, maxValues: 1_000_000 });
    await large.put(turn('a', 'b'));
    await large.put(turn('b', 'a'));
    expect(await large.conversation(idOf('a'))).toBeUndefined();
  });

  it('does not keep a turn that is too large', async () => {
    const large = { ...turn('a'), response: 'é'.repeat(500) };
    expect(await sut.put(large)).toBe(false);
  });

  it('lets the oldest turns go where there is no more room', async () => {
    const digits = '0123456789abcdef'.split('');
    const small = storeOf(new TextsOfOwners(5_000, 60_000));
    for (const digit of digits) expect(await small.put(turn(digit))).toBe(true);
    expect(await small.get(idOf('0'))).toBeUndefined();
    expect(await small.get(idOf('f'))).toBeDefined();
  });

  it('lets the turns of the owner go who has most of them', async () => {
    const small = storeOf(new TextsOfOwners(5_000, 60_000));
    expect(await small.put(turn('f'), 'ada')).toBe(true);
    for (const digit of '0123456789abcdef'.split('')) expect(await small.put(turn(digit), 'bob')).toBe(true);
    expect(await small.get(idOf('f'), 'ada')).toBeDefined();
    expect(await small.get(idOf('0'), 'bob')).toBeUndefined();
    expect(await small.get(idOf('f'), 'bob')).toBeDefined();
  });

  it('keeps nothing where nothing is to be kept', async () => {
    const off = storeOf(undefined);
    expect(await off.put(turn('a'))).toBe(false);
    expect(await off.get(idOf('a'))).toBeUndefined();
  });

  it.each(['', 'resp_', 'resp_1', '../x', `${idOf('a')}0`, 'toString'])('knows no turn by the id "%s"', async (id) => {
    const asked = jest.fn();
    const store = storeOf({ ...failing, get: asked });
    expect(await store.get(id)).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });

  it('does not reject a turn that cannot be kept, and says 503 where it cannot look', async () => {
    const down = storeOf(failing);
    expect(await down.put(turn('a'))).toBe(false);
    await expect(down.get(idOf('a'))).rejects.toMatchObject({ status: 503, code: 'response_store_unavailable' });
  });

  it('waits 250 ms for a turn to be kept, and no longer', async () => {
    jest.useFakeTimers();
    const silent = storeOf({ ...failing, set: () => new Promise(() => undefined) });
    const kept = silent.put(turn('a'));
    await jest.advanceTimersByTimeAsync(250);
    expect(await kept).toBe(false);
    jest.useRealTimers();
  });
});
