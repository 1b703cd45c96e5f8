import { AnswerStore } from './answer-store.js';

describe(AnswerStore.name, () => {
  let seen: string[];
  let sut: AnswerStore;

  beforeEach(() => {
    jest.useFakeTimers();
    seen = [];
    sut = new AnswerStore(
      { ttlSeconds: 1, memoryMb: 1 },
      {
        cacheLookup: ({ layer, outcome }) => seen.push(`${layer} ${outcome}`),
        cacheWaited: () => undefined,
        cacheWritten: ({ layer, outcome }) => seen.push(`${layer} ${outcome}`),
        cacheSize: ({ entries }) => seen.push(`${entries} in memory`),
      },
    );
  });
  afterEach(() => jest.useRealTimers());

  const read = (value: unknown): unknown => value;

  it('counts what its memory gives and keeps, up to the end of the time for it', () => {
    sut.set('a', 'x');
    jest.advanceTimersByTime(1_000);
    expect(sut.remembered('a', read)).toMatchObject({ value: 'x' });
    jest.advanceTimersByTime(1);
    expect([sut.remembered('a', read), sut.remembered('b', read)]).toEqual([undefined, undefined]);
    expect(seen).toEqual(['memory stored', '1 in memory', 'memory hit', 'memory miss', 'memory miss']);
  });

  it('keeps no answer of more than 1 MiB', () => {
    sut.set('a', 'x'.repeat(1024 * 1024));
    expect(seen).toEqual(['memory too_large']);
  });
});
