import { BoundedMap } from './remembered-values.js';

describe(BoundedMap.name, () => {
  it('forgets what was used longest ago', () => {
    const sut = new BoundedMap<string, number>(2);
    sut.set('a', 1);
    sut.set('b', 2);
    sut.get('a');
    sut.set('c', 3);
    expect([sut.get('a'), sut.get('b'), sut.get('c')]).toEqual([1, undefined, 3]);
  });

  it('keeps its size through a million keys', () => {
    const sut = new BoundedMap<number, number>(10);
    for (let key = 0; key < 1_000_000; key += 1) sut.set(key, key);
    expect([sut.size, sut.get(999_999)]).toEqual([10, 999_999]);
  });

  it('replaces a value without forgetting another', () => {
    const sut = new BoundedMap<string, number>(2);
    sut.set('a', 1);
    sut.set('b', 2);
    sut.set('b', 3);
    expect([sut.get('a'), sut.get('b')]).toEqual([1, 3]);
  });
});
