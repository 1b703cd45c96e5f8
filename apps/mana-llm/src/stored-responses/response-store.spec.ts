import { ResponseStore, type StoredResponse } from './response-store.js';
import { MemoryTexts, type ResponseTexts } from './response-texts.js';

const idOf = (digit: string): string => `resp_${digit.repeat(32)}`;
const turn = (digit: string, parent: string | null = null): StoredResponse => ({
  id: idOf(digit),
  parentId: parent === null ? null : idOf(parent),
  input: [{ type: 'message', id: `in-${digit}` }],
  response: { id: idOf(digit), output: [{ id: `out-${digit}` }] },
});

const failing: ResponseTexts = {
  get: () => Promise.reject(new Error('down')),
  set: () => Promise.reject(new Error('down')),
  delete: () => Promise.reject(new Error('down')),
};

describe(ResponseStore.name, () => {
  let sut: ResponseStore;

  beforeEach(() => (sut = new ResponseStore(new MemoryTexts(10_000, 60_000), 1_000)));

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
    for (const one of [turn('a'), turn('b', 'a'), turn('c', 'b'), turn('d', 'a')]) await sut.put(one, '');
    expect((await sut.conversation(idOf('c'), ''))?.map(({ id }) => id)).toEqual(['a', 'b', 'c'].map(idOf));
    expect((await sut.conversation(idOf('d'), ''))?.map(({ id }) => id)).toEqual(['a', 'd'].map(idOf));
  });

  it('gives no conversation of which a turn is missing', async () => {
    await sut.put(turn('b', 'a'), '');
    expect(await sut.conversation(idOf('b'), '')).toBeUndefined();
    expect(await sut.conversation(idOf('a'), '')).toBeUndefined();
  });

  it('refuses a conversation that is larger than one turn may be', async () => {
    const long = (digit: string, parent: string | null) => ({
      ...turn(digit, parent),
      input: [{ text: 'x'.repeat(500) }],
    });
    expect(await sut.put(long('a', null), '')).toBe(true);
    expect(await sut.put(long('b', 'a'), '')).toBe(true);
    await expect(sut.conversation(idOf('b'), '')).rejects.toMatchObject({
      status: 413,
      code: 'request_too_large',
      param: 'previous_response_id',
    });
    expect(await sut.conversation(idOf('a'), '')).toHaveLength(1);
  });

  it('gives no conversation that goes round in a circle', async () => {
    const large = new ResponseStore(new MemoryTexts(10_000, 60_000), 1_000_000);
    await large.put(turn('a', 'b'), '');
    await large.put(turn('b', 'a'), '');
    expect(await large.conversation(idOf('a'), '')).toBeUndefined();
  });

  it('does not keep a turn that is too large', async () => {
    const large = { ...turn('a'), response: { text: 'é'.repeat(500) } };
    expect(await sut.put(large, '')).toBe(false);
  });

  it('lets the oldest turns go where there is no more room', async () => {
    const digits = '0123456789abcdef'.split('');
    const small = new ResponseStore(new MemoryTexts(5_000, 60_000), 1_000);
    for (const digit of digits) expect(await small.put(turn(digit), '')).toBe(true);
    expect(await small.get(idOf('0'), '')).toBeUndefined();
    expect(await small.get(idOf('f'), '')).toBeDefined();
  });

  it('keeps nothing where nothing is to be kept', async () => {
    const off = new ResponseStore(undefined, 1_000);
    expect(await off.put(turn('a'), '')).toBe(false);
    expect(await off.get(idOf('a'), '')).toBeUndefined();
  });

  it.each(['', 'resp_', 'resp_1', '../x', `${idOf('a')}0`, 'toString'])('knows no turn by the id "%s"', async (id) => {
    const asked = jest.fn();
    const store = new ResponseStore({ ...failing, get: asked }, 1_000);
    expect(await store.get(id, '')).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });

  it('does not reject a turn that cannot be kept, and says 503 where it cannot look', async () => {
    const down = new ResponseStore(failing, 1_000);
    expect(await down.put(turn('a'), '')).toBe(false);
    await expect(down.get(idOf('a'), '')).rejects.toMatchObject({ status: 503, code: 'response_store_unavailable' });
  });

  it('waits 250 ms for a turn to be kept, and no longer', async () => {
    jest.useFakeTimers();
    const silent = new ResponseStore({ ...failing, set: () => new Promise(() => undefined) }, 1_000);
    const kept = silent.put(turn('a'), '');
    await jest.advanceTimersByTimeAsync(250);
    expect(await kept).toBe(false);
    jest.useRealTimers();
  });
});
