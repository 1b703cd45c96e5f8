import { MemoryRetryBudget } from './provider-pool.js';

describe(MemoryRetryBudget.name, () => {
  let nowMs: number;
  let sut: MemoryRetryBudget;

  beforeEach(() => {
    nowMs = 5000;
    sut = new MemoryRetryBudget(() => nowMs);
  });

  const send = (count: number): void => {
    for (let n = 0; n < count; n += 1) sut.requestSent();
  };
  /** How many of 1,000 tries to take one are granted. */
  const granted = (): number => Array.from({ length: 1000 }, () => sut.takeRetry()).filter(Boolean).length;

  it.each([
    [0, 3],
    [1, 3],
    [30, 3],
    [39, 3],
    [40, 4],
    [49, 4],
    [1000, 100],
  ])('grants for %i requests %i retries', (requests, retries) => {
    send(requests);
    expect(granted()).toBe(retries);
    expect(sut.takeRetry()).toBe(false);
  });

  it('grants more as requests come', () => {
    send(100);
    expect(granted()).toBe(10);
    send(19);
    expect(granted()).toBe(1);
  });

  it('does not count what it refuses', () => {
    expect(granted()).toBe(3);
    send(40);
    expect(granted()).toBe(1);
  });

  it('counts requests and retries of 10 s, the running second being one of them', () => {
    send(100);
    expect(granted()).toBe(10);
    nowMs += 9999;
    expect(granted()).toBe(0);
    nowMs += 1;
    expect(granted()).toBe(3);
  });

  it('forgets second by second', () => {
    send(100);
    nowMs += 5000;
    send(100);
    expect(granted()).toBe(20);
    nowMs += 5000;
    expect(granted()).toBe(0);
    send(200);
    expect(granted()).toBe(10);
  });

  it('forgets all after a long silence', () => {
    send(1000);
    nowMs += 3_600_000;
    expect(granted()).toBe(3);
  });

  it('grants a tenth in a steady stream of requests', () => {
    let total = 0;
    for (let n = 0; n < 1000; n += 1) {
      nowMs += 20;
      send(1);
      if (sut.takeRetry()) total += 1;
    }
    expect(total).toBeGreaterThanOrEqual(90);
    expect(total).toBeLessThanOrEqual(100);
  });

  it('needs no clock', () => {
    sut = new MemoryRetryBudget();
    expect([sut.takeRetry(), sut.takeRetry(), sut.takeRetry(), sut.takeRetry()]).toEqual([true, true, true, false]);
  });
});
