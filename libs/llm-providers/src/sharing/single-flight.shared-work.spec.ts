import { getEventListeners } from 'node:events';
import { SharedWork } from './single-flight.js';

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

  it('does the work once for 1,000 callers and leaves no listener', async () => {
    const { shared, signals, onOver, resolve } = scripted<number>();
    const callers = Array.from({ length: 1000 }, () => new AbortController().signal);
    const answers = callers.map((signal) => shared.join(signal));
    expect(callers.map(listenersOf)).toEqual(Array(1000).fill(1));
    resolve(7);
    expect(await Promise.all(answers)).toEqual(Array(1000).fill(7));
    expect([signals.length, signals[0]?.aborted, shared.isOver]).toEqual([1, false, true]);
    expect(onOver).toHaveBeenCalledTimes(1);
    expect(Math.max(...callers.map(listenersOf))).toBe(0);
  });

  it.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(left)],
    [
      'throws',
      () => {
        throw left;
      },
    ],
  ])('fails every caller with the same error when the work %s', async (_how, work) => {
    const shared = SharedWork.start(work);
    const { signal } = new AbortController();
    const ends = await Promise.allSettled([shared.join(signal), shared.join(signal)]);
    expect(ends.map((end) => (end as PromiseRejectedResult).reason as Error)).toEqual([left, left]);
    expect(listenersOf(signal)).toBe(0);
  });

  it('goes on for the others when the first caller leaves', async () => {
    const { shared, signals, resolve } = scripted<number>();
    const leader = new AbortController();
    const follower = new AbortController();
    const answers = [shared.join(leader.signal), shared.join(follower.signal)];
    leader.abort(left);
    await expect(answers[0]).rejects.toBe(left);
    expect([shared.isOver, signals[0]?.aborted]).toEqual([false, false]);
    expect([listenersOf(leader.signal), listenersOf(follower.signal)]).toEqual([0, 1]);
    resolve(7);
    await expect(answers[1]).resolves.toBe(7);
    expect([listenersOf(leader.signal), listenersOf(follower.signal)]).toEqual([0, 0]);
  });

  it('aborts the work when the last caller has left, with its reason', async () => {
    const { shared, signals, onOver, reject } = scripted<number>();
    const callers = [new AbortController(), new AbortController()];
    const answers = callers.map((caller) => shared.join(caller.signal));
    for (const caller of callers) caller.abort(left);
    expect(signals[0]?.reason).toBe(left);
    expect(shared.isOver).toBe(true);
    reject(new Error('aborted'));
    for (const answer of answers) await expect(answer).rejects.toBe(left);
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  it('is left at once by a caller that has gone before it joins', async () => {
    const { shared, signals } = scripted<number>();
    await expect(shared.join(AbortSignal.abort(left))).rejects.toBe(left);
    expect([shared.isOver, signals[0]?.aborted]).toEqual([true, true]);
  });

  it('cannot be joined when it is over', async () => {
    const shared = SharedWork.start(async () => 7);
    const caller = new AbortController();
    await shared.join(caller.signal);
    await expect(shared.join(caller.signal)).rejects.toThrow('cannot be joined');
  });
});
