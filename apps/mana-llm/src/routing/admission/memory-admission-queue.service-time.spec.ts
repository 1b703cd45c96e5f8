import { ServiceTime } from './memory-admission-queue.js';

function measuredOf(...timesMs: number[]): ServiceTime {
  const serviceTime = new ServiceTime();
  timesMs.forEach((timeMs) => serviceTime.measured(timeMs));
  return serviceTime;
}

describe(ServiceTime.name, () => {
  it('expects no wait and asks to wait a second while nothing is measured', () => {
    const position = { ahead: 1000, places: 1 };
    expect(measuredOf().expectedWaitMs(position)).toBe(0);
    expect(measuredOf().retryAfterMs(position)).toBe(1000);
  });

  it.each([
    [0, 1, 400],
    [0, 4, 100],
    [3, 1, 1600],
    [3, 4, 400],
  ])('expects with %d ahead and %d places a wait of %d ms where each takes 400 ms', (ahead, places, waitMs) => {
    expect(measuredOf(400).expectedWaitMs({ ahead, places })).toBe(waitMs);
    expect(measuredOf(400).retryAfterMs({ ahead, places })).toBe(waitMs);
  });

  it('gives the newest time a fifth of the weight', () => {
    const position = { ahead: 0, places: 1 };
    expect(measuredOf(100, 200).expectedWaitMs(position)).toBeCloseTo(120);
    expect(measuredOf(100, 200, 20).expectedWaitMs(position)).toBeCloseTo(100);
  });

  it.each([
    ['100 ms at least', 0, 100],
    ['100 ms at least', 1, 100],
    ['whole milliseconds', 100.2, 101],
    ['60 s at most', 1e9, 60_000],
  ])('asks to wait %s', (_what, timeMs, retryAfterMs) => {
    expect(measuredOf(timeMs).retryAfterMs({ ahead: 0, places: 1 })).toBe(retryAfterMs);
  });

  it.each([0, 100])('expects no wait where there is no limit and each takes %d ms', (timeMs) => {
    expect(measuredOf(timeMs).expectedWaitMs({ ahead: 3, places: 0 })).toBe(0);
    expect(measuredOf(timeMs).retryAfterMs({ ahead: 3, places: 0 })).toBe(100);
  });
});
