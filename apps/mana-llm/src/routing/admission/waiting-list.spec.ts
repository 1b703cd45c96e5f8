import { getEventListeners } from 'node:events';
import { watchWaitLimit } from './waiting-list.js';

const NOW_MS = 1_000_000;

describe(watchWaitLimit.name, () => {
  let controller: AbortController;
  let onAbort: jest.Mock;
  let onDeadline: jest.Mock;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW_MS });
    controller = new AbortController();
    onAbort = jest.fn();
    onDeadline = jest.fn();
  });

  afterEach(() => jest.useRealTimers());

  const watch = (deadlineAtMs?: number, nowMs = () => Date.now()): (() => void) =>
    watchWaitLimit(
      { signal: controller.signal, ...(deadlineAtMs === undefined ? {} : { deadlineAtMs }) },
      { nowMs, onAbort, onDeadline },
    );

  it('tells of the deadline when it comes, and not before', () => {
    watch(NOW_MS + 500);
    jest.advanceTimersByTime(499);
    expect(onDeadline).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(onDeadline).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells of a deadline that has passed at the next turn of the loop', () => {
    watch(NOW_MS - 1);
    expect(onDeadline).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(onDeadline).toHaveBeenCalledTimes(1);
  });

  it('sets no timer without a deadline', () => {
    watch();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits for a deadline that is further away than a timer can be', () => {
    const thirtyDaysMs = 30 * 24 * 60 * 60 * 1000;
    watch(NOW_MS + thirtyDaysMs);
    jest.advanceTimersByTime(thirtyDaysMs - 1);
    expect(onDeadline).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(onDeadline).toHaveBeenCalledTimes(1);
  });

  it('goes on waiting where the timer is ahead of the clock', () => {
    watch(NOW_MS + 10, () => Date.now() - 2);
    jest.advanceTimersByTime(11);
    expect(onDeadline).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(onDeadline).toHaveBeenCalledTimes(1);
  });

  it('tells of an abort once', () => {
    watch();
    controller.abort();
    expect(onAbort).toHaveBeenCalledTimes(1);
  });

  it('leaves neither a timer nor a listener behind when it ends', () => {
    const stop = watch(NOW_MS + 500);
    stop();
    expect(jest.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    controller.abort();
    expect(onAbort).not.toHaveBeenCalled();
  });
});
