import { MemoryLayer } from './memory-layer.js';

describe(MemoryLayer.name, () => {
  let outcomes: string[];
  let sut: MemoryLayer;

  beforeEach(() => {
    jest.useFakeTimers();
    outcomes = [];
    sut = new MemoryLayer(1_000, {
      cacheLookup: ({ outcome }) => outcomes.push(outcome),
      cacheWritten: () => undefined,
      cacheSize: ({ entries, bytes }) => outcomes.push(`${entries} of ${bytes} bytes`),
    });
  });
  afterEach(() => jest.useRealTimers());

  it('gives what was set, up to its end', () => {
    sut.set('a', 'é', 1_000);
    jest.advanceTimersByTime(1_000);
    expect(sut.get('a')).toBe('é');
    jest.advanceTimersByTime(1);
    expect([sut.get('a'), sut.get('b')]).toEqual([undefined, undefined]);
    expect(outcomes).toEqual(['1 of 302 bytes', 'hit', 'miss', 'miss']);
  });

  it('drops what was used longest ago where there is no room', () => {
    for (const key of ['a', 'b', 'c']) sut.set(key, 'x', 1_000);
    sut.get('a');
    sut.set('d', 'x', 1_000);
    expect(['a', 'b', 'c', 'd'].filter((key) => sut.get(key) === undefined)).toEqual(['b']);
  });
});
