import { RefreshedValue } from './remembered-values.js';

const FRESHNESS = { maxAgeMs: 30_000, maxStaleMs: 300_000, maxWaitMs: 1_000 };

interface Question {
  resolve: (value: number) => void;
  reject: (reason: Error) => void;
}

/** A source that the test answers for. */
function createSource(): { ask: () => Promise<number>; asked: Question[] } {
  const asked: Question[] = [];
  const ask = (): Promise<number> => new Promise((resolve, reject) => asked.push({ resolve, reject }));
  return { ask, asked };
}

describe(RefreshedValue.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);
  const create = (): { sut: RefreshedValue<number> } & ReturnType<typeof createSource> => {
    const source = createSource();
    return { ...source, sut: new RefreshedValue(source.ask, FRESHNESS) };
  };

  it('asks when it is first needed, and once for all who need it', async () => {
    const { sut, asked } = create();
    expect(asked).toHaveLength(0);
    const needs = [sut.get(), sut.get(), sut.get()];
    asked[0]?.resolve(1);
    expect(await Promise.all(needs)).toEqual([1, 1, 1]);
    expect(asked).toHaveLength(1);
  });

  it('gives a value that is no longer young at once, and renews it behind', async () => {
    const { sut, asked } = create();
    const first = sut.get();
    asked[0]?.resolve(1);
    await first;
    await jest.advanceTimersByTimeAsync(29_000);
    expect([await sut.get(), asked.length]).toEqual([1, 1]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect([await sut.get(), asked.length]).toEqual([1, 2]);
    asked[1]?.resolve(2);
    await settle();
    expect([await sut.get(), asked.length]).toEqual([2, 2]);
  });

  it('waits for a new one where the value is stale', async () => {
    const { sut, asked } = create();
    const first = sut.get();
    asked[0]?.resolve(1);
    await first;
    await jest.advanceTimersByTimeAsync(300_001);
    const second = sut.get();
    asked[1]?.resolve(2);
    expect(await second).toBe(2);
  });

  it('waits for a silent source once, and never again until it has answered', async () => {
    const { sut, asked } = create();
    const first = sut.get();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await first).toBeUndefined();
    expect(await sut.get()).toBeUndefined();
    asked[0]?.reject(new Error('timeout'));
    await jest.advanceTimersByTimeAsync(5_000);
    expect([await sut.get(), asked.length]).toEqual([undefined, 2]);
    asked[1]?.resolve(2);
    await settle();
    expect(await sut.get()).toBe(2);
  });

  it('takes a late answer for the next', async () => {
    const { sut, asked } = create();
    const first = sut.get();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await first).toBeUndefined();
    asked[0]?.resolve(1);
    await settle();
    expect([await sut.get(), asked.length]).toEqual([1, 1]);
  });

  it('asks a source that failed again after a while, and not with each need', async () => {
    const { sut, asked } = create();
    const first = sut.get();
    asked[0]?.reject(new Error('refused'));
    expect(await first).toBeUndefined();
    await jest.advanceTimersByTimeAsync(4_999);
    expect([await sut.get(), asked.length]).toEqual([undefined, 1]);
    await jest.advanceTimersByTimeAsync(1);
    expect([await sut.get(), asked.length]).toEqual([undefined, 2]);
  });

  it('shows what is remembered without waiting, and renews it behind', async () => {
    const { sut, asked } = create();
    expect([sut.peek(), sut.peek(), asked.length]).toEqual([undefined, undefined, 1]);
    asked[0]?.resolve(1);
    await settle();
    expect([sut.peek(), asked.length]).toEqual([1, 1]);
    await jest.advanceTimersByTimeAsync(31_000);
    expect([sut.peek(), asked.length]).toEqual([1, 2]);
    asked[1]?.resolve(2);
    await settle();
    expect([sut.peek(), asked.length]).toEqual([2, 2]);
  });

  it('shows nothing that is stale, however often the source fails', async () => {
    const { sut, asked } = create();
    sut.peek();
    asked[0]?.resolve(1);
    await jest.advanceTimersByTimeAsync(300_001);
    expect([sut.peek(), asked.length]).toEqual([undefined, 2]);
    asked[1]?.reject(new Error('refused'));
    await settle();
    expect([sut.peek(), asked.length]).toEqual([undefined, 2]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect([sut.peek(), asked.length]).toEqual([undefined, 3]);
  });

  it('keeps the last value while the source fails', async () => {
    const { sut, asked } = create();
    const first = sut.get();
    asked[0]?.resolve(1);
    await first;
    await jest.advanceTimersByTimeAsync(30_000);
    await sut.get();
    asked[1]?.reject(new Error('refused'));
    await settle();
    expect(await sut.get()).toBe(1);
  });
});
