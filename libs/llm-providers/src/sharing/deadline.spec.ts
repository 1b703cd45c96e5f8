import { Deadline } from './deadline.js';

describe(Deadline.name, () => {
  let passedAtMs: number[];
  let deadline: Deadline;

  beforeEach(() => {
    jest.useFakeTimers();
    passedAtMs = [];
    deadline = new Deadline(() => passedAtMs.push(performance.now()));
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('passes once, at its time', () => {
    deadline.set(performance.now() + 100);
    const startedAtMs = performance.now();
    jest.advanceTimersByTime(1_000);
    expect(passedAtMs).toEqual([startedAtMs + 100]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is put off with no other timer', () => {
    const setTimer = jest.spyOn(globalThis, 'setTimeout');
    const startedAtMs = performance.now();
    for (let ms = 0; ms < 50; ms += 1) {
      deadline.set(performance.now() + 100);
      jest.advanceTimersByTime(1);
    }
    expect(setTimer).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(1_000);
    expect(passedAtMs).toEqual([startedAtMs + 149]);
    expect(setTimer).toHaveBeenCalledTimes(2);
  });

  it('is brought forward', () => {
    const startedAtMs = performance.now();
    deadline.set(startedAtMs + 100);
    deadline.set(startedAtMs + 10);
    jest.advanceTimersByTime(1_000);
    expect(passedAtMs).toEqual([startedAtMs + 10]);
  });

  it('never passes once it is stopped, and can be set again', () => {
    deadline.set(performance.now() + 10);
    deadline.stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(passedAtMs).toEqual([]);
    deadline.set(performance.now() + 10);
    jest.advanceTimersByTime(10);
    expect(passedAtMs).toHaveLength(1);
  });
});
