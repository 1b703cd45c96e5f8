import { MemoryTexts } from './memory-texts.js';

describe(MemoryTexts.name, () => {
  let sut: MemoryTexts;

  beforeEach(() => {
    jest.useFakeTimers();
    sut = new MemoryTexts(1_000);
  });
  afterEach(() => jest.useRealTimers());

  it('gives what was set, up to its end', () => {
    sut.set('a', 'é', 1_000);
    expect([sut.size, sut.bytes]).toEqual([1, 302]);
    jest.advanceTimersByTime(1_000);
    expect(sut.get('a')).toBe('é');
    jest.advanceTimersByTime(1);
    expect([sut.get('a'), sut.get('b')]).toEqual([undefined, undefined]);
    expect(sut.size).toBe(0);
  });

  it('drops what was used longest ago where there is no room', () => {
    for (const key of ['a', 'b', 'c']) sut.set(key, 'x', 1_000);
    sut.get('a');
    sut.set('d', 'x', 1_000);
    expect(['a', 'b', 'c', 'd'].filter((key) => sut.get(key) === undefined)).toEqual(['b']);
  });

  it('says whether there was what it deletes', () => {
    sut.set('a', 'x', 1_000);
    expect([sut.delete('a'), sut.delete('a'), sut.get('a')]).toEqual([true, false, undefined]);
  });
});
