import { getEventListeners } from 'node:events';
import { wait } from './try-endpoints.js';

describe(wait.name, () => {
  let controller: AbortController;

  beforeEach(() => {
    jest.useFakeTimers();
    controller = new AbortController();
  });

  afterEach(() => jest.useRealTimers());

  const leftOver = (): number => jest.getTimerCount() + getEventListeners(controller.signal, 'abort').length;

  it('resolves when the time is over and not before', async () => {
    const onEnd = jest.fn();
    const waiting = wait(100, controller.signal).then(onEnd);
    await jest.advanceTimersByTimeAsync(99);
    expect(onEnd).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(onEnd).toHaveBeenCalledTimes(1);
    await waiting;
    expect(leftOver()).toBe(0);
  });

  it('rejects with the reason at an abort', async () => {
    const reason = new Error('gone');
    const waiting = wait(100, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(leftOver()).toBe(0);
  });

  it('does not begin after an abort', async () => {
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(wait(100, controller.signal)).rejects.toBe(reason);
    expect(leftOver()).toBe(0);
  });

  it('stays resolved at an abort that comes later', async () => {
    const waiting = wait(100, controller.signal);
    await jest.advanceTimersByTimeAsync(100);
    controller.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});
