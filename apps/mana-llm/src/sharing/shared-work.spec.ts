import { getEventListeners } from 'node:events';
import { UpstreamError } from '@mana-llm/llm-providers';
import { latch } from '@mana-llm/llm-providers/testing';
import { SharedWork } from './shared-work.js';

const left = new Error('The client has left.');
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** Work that ends when the test says so. */
function scripted<T>(): {
  shared: SharedWork<T>;
  signals: AbortSignal[];
  onOver: jest.Mock;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined;
  const signals: AbortSignal[] = [];
  const onOver = jest.fn();
  const shared = SharedWork.start<T>((signal) => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
  }, onOver);
  return {
    shared,
    signals,
    onOver,
    resolve: (value) => settle?.resolve(value),
    reject: (error) => settle?.reject(error),
  };
}

describe(SharedWork.name, () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): number => unhandled.push(reason);

  beforeAll(() => process.on('unhandledRejection', note));
  afterAll(async () => {
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('does the work once for 1,000 readers and leaves no listener', async () => {
    const { shared, signals, onOver, resolve } = scripted<number>();
    const readers = Array.from({ length: 1000 }, () => new AbortController().signal);
    const answers = readers.map((signal) => shared.join({ signal }));
    expect(readers.map(listenersOf)).toEqual(Array(1000).fill(1));
    resolve(7);
    expect(await Promise.all(answers)).toEqual(Array(1000).fill(7));
    expect([signals.length, signals[0]?.aborted, shared.isOver]).toEqual([1, false, true]);
    expect(onOver).toHaveBeenCalledTimes(1);
    expect(Math.max(...readers.map(listenersOf))).toBe(0);
  });

  it.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(left)],
    [
      'throws',
      () => {
        throw left;
      },
    ],
  ])('fails every reader with the same error when the work %s', async (_how, work) => {
    const shared = SharedWork.start(work);
    const { signal } = new AbortController();
    const ends = await Promise.allSettled([shared.join({ signal }), shared.join({ signal })]);
    expect(ends.map((end) => (end as PromiseRejectedResult).reason as Error)).toEqual([left, left]);
    expect(listenersOf(signal)).toBe(0);
  });

  it('goes on for the others when the first reader leaves', async () => {
    const { shared, signals, resolve } = scripted<number>();
    const leader = new AbortController();
    const follower = new AbortController();
    const answers = [shared.join(leader), shared.join(follower)];
    leader.abort(left);
    await expect(answers[0]).rejects.toBe(left);
    expect([shared.isOver, signals[0]?.aborted]).toEqual([false, false]);
    expect([listenersOf(leader.signal), listenersOf(follower.signal)]).toEqual([0, 1]);
    resolve(7);
    await expect(answers[1]).resolves.toBe(7);
    expect([listenersOf(leader.signal), listenersOf(follower.signal)]).toEqual([0, 0]);
  });

  it('aborts the work when the last reader has left, with its reason', async () => {
    const { shared, signals, onOver, reject } = scripted<number>();
    const readers = [new AbortController(), new AbortController()];
    const answers = readers.map((reader) => shared.join(reader));
    for (const reader of readers) reader.abort(left);
    expect(signals[0]?.reason).toBe(left);
    expect(shared.isOver).toBe(true);
    reject(new Error('aborted'));
    for (const answer of answers) await expect(answer).rejects.toBe(left);
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  it('is left at once by a reader that has gone before it joins', async () => {
    const { shared, signals } = scripted<number>();
    await expect(shared.join({ signal: AbortSignal.abort(left) })).rejects.toBe(left);
    expect([shared.isOver, signals[0]?.aborted]).toEqual([true, true]);
  });

  it('cannot be joined when it is over', async () => {
    const shared = SharedWork.start(async () => 7);
    const reader = new AbortController();
    await shared.join(reader);
    await expect(shared.join(reader)).rejects.toThrow('cannot be joined');
  });

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
      const impatient = shared.join({ signal, limits: limits() });
      const patient = shared.join({ signal, limits: { deadlineAtMs: Date.now() + 1e12 } });
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
      const answer = shared.join({ signal, limits: { deadlineAtMs: Date.now() - 1000 } });
      jest.advanceTimersByTime(1);
      await expect(answer).rejects.toMatchObject({ phase: 'total' });
      expect(signals[0]?.reason).toMatchObject({ phase: 'total' });
      expect(listenersOf(signal)).toBe(0);
    });

    it('leave no timer when the work ends before them', async () => {
      const { opened, open } = latch();
      const shared = SharedWork.start(() => opened);
      const answer = shared.join({ signal: new AbortController().signal, limits: { maxSilenceMs: 50 } });
      open();
      await answer;
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
