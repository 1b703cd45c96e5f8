import { MemoryParkedModels } from './unavailability.js';

describe(MemoryParkedModels.name, () => {
  let nowMs: number;
  let sut: MemoryParkedModels;

  beforeEach(() => {
    nowMs = 1000;
    sut = new MemoryParkedModels(() => nowMs);
  });

  const parkNumbered = (count: number, forMs: (n: number) => number): void => {
    for (let n = 0; n < count; n += 1) sut.park(`m${n}`, forMs(n));
  };
  const parkedCount = (count: number): number =>
    Array.from({ length: count }, (_, n) => sut.parkedForMs(`m${n}`)).filter((leftMs) => leftMs > 0).length;

  it('knows nothing of a model that was not parked', () => {
    sut.park('one', 500);
    expect(sut.parkedForMs('two')).toBe(0);
  });

  it('tells what is left of a time, until it is over', () => {
    sut.park('one', 500);
    expect(sut.parkedForMs('one')).toBe(500);
    nowMs += 499;
    expect(sut.parkedForMs('one')).toBe(1);
    nowMs += 1;
    expect(sut.parkedForMs('one')).toBe(0);
    nowMs += 1000;
    expect(sut.parkedForMs('one')).toBe(0);
  });

  it('keeps the longer of two times, whichever came first', () => {
    sut.park('one', 500);
    sut.park('one', 200);
    expect(sut.parkedForMs('one')).toBe(500);
    sut.park('one', 800);
    expect(sut.parkedForMs('one')).toBe(800);
  });

  it('parks a model anew whose time is over', () => {
    sut.park('one', 500);
    nowMs += 600;
    sut.park('one', 100);
    expect(sut.parkedForMs('one')).toBe(100);
  });

  it('parks each model by itself, whatever its name', () => {
    sut.park('__proto__', 100);
    sut.park('', 200);
    expect([sut.parkedForMs('__proto__'), sut.parkedForMs(''), sut.parkedForMs('constructor')]).toEqual([100, 200, 0]);
  });

  it('holds 1,000 models', () => {
    parkNumbered(1000, (n) => 1000 - n);
    expect(parkedCount(1000)).toBe(1000);
  });

  it('parks a model of a thousand again without dropping one', () => {
    parkNumbered(1000, () => 500);
    sut.park('m0', 800);
    expect(parkedCount(1000)).toBe(1000);
  });

  it('drops the one that ends soonest beyond that', () => {
    parkNumbered(1000, (n) => (n === 700 ? 100 : 500));
    sut.park('new', 300);
    expect([sut.parkedForMs('m700'), sut.parkedForMs('new'), parkedCount(1000)]).toEqual([0, 300, 999]);
  });

  it('drops the new one where it ends soonest', () => {
    parkNumbered(1000, () => 500);
    sut.park('new', 100);
    expect([sut.parkedForMs('new'), parkedCount(1000)]).toEqual([0, 1000]);
  });

  it('drops those that are over first', () => {
    parkNumbered(1000, (n) => (n < 10 ? 100 : 500));
    nowMs += 100;
    for (let n = 0; n < 10; n += 1) sut.park(`new${n}`, 50);
    expect(Array.from({ length: 10 }, (_, n) => sut.parkedForMs(`new${n}`))).toEqual(Array(10).fill(50));
    expect(parkedCount(1000)).toBe(990);
  });

  it('needs no clock', () => {
    sut = new MemoryParkedModels();
    sut.park('one', 60_000);
    expect(sut.parkedForMs('one')).toBeGreaterThan(50_000);
    expect(sut.parkedForMs('one')).toBeLessThanOrEqual(60_000);
  });
});
