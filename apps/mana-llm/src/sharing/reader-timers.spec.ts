import { getEventListeners } from 'node:events';
import { SharedWork, UpstreamError } from '@mana-llm/llm-providers';
import { latch } from '@mana-llm/llm-providers/testing';
import { joinWithin } from './reader-timers.js';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** Work that ends when the test says so. */
function scripted<T>(): {
  shared: SharedWork<T>;
  signals: AbortSignal[];
  resolve: (value: T) => void;
} {
  let settle: { resolve: (value: T) => void } | undefined;
  const signals: AbortSignal[] = [];
  const shared = SharedWork.start<T>((signal) => {
    signals.push(signal);
    return new Promise((resolve) => {
      settle = { resolve };
    });
  });
  return {
    shared,
    signals,
    resolve: (value) => settle?.resolve(value),
  };
}

describe(joinWithin.name, () => {
  describe("a reader's own limits", () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => {
      expect(jest.getTimerCount()).toBe(0);
      jest.useRealTimers();
    });

    it.each([
      ['deadlineAtMs', () => ({ deadlineAtMs: Date.now() + 50, openByMs: Date.now() + 90 })],
      ['openByMs', () => ({ openByMs: Date.now() + 50, maxSilenceMs: 90 })],
      ['maxSilenceMs', () => ({ maxSilenceMs: 50, deadlineAtMs: Date.now() + 90 })],
    ])('end its wait alone: %s', async (_which, limits) => {
      const { shared, signals, resolve } = scripted<number>();
      const { signal } = new AbortController();
      const impatient = joinWithin(shared, { signal, limits: limits() });
      const patient = joinWithin(shared, { signal, limits: { deadlineAtMs: Date.now() + 1e12 } });
      jest.advanceTimersByTime(49);
      expect(listenersOf(signal)).toBe(2);
      jest.advanceTimersByTime(1);
      await expect(impatient).rejects.toThrow('The model did not finish its answer within 50 ms (total timeout).');
      await expect(impatient).rejects.toMatchObject({ kind: 'timeout', phase: 'total', isCallersLimit: true });
      await expect(impatient).rejects.toBeInstanceOf(UpstreamError);
      expect(signals[0]?.aborted).toBe(false);
      resolve(7);
      await expect(patient).resolves.toBe(7);
      expect(listenersOf(signal)).toBe(0);
    });

    it('of the last one abort the work', async () => {
      const { shared, signals } = scripted<number>();
      const { signal } = new AbortController();
      const answer = joinWithin(shared, { signal, limits: { deadlineAtMs: Date.now() - 1000 } });
      jest.advanceTimersByTime(1);
      await expect(answer).rejects.toMatchObject({ phase: 'total' });
      expect(signals[0]?.reason).toMatchObject({ phase: 'total' });
      expect(listenersOf(signal)).toBe(0);
    });

    it('leave no timer when the work ends before them', async () => {
      const { opened, open } = latch();
      const shared = SharedWork.start(() => opened);
      const answer = joinWithin(shared, { signal: new AbortController().signal, limits: { maxSilenceMs: 50 } });
      open();
      await answer;
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
