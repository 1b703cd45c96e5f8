import { getEventListeners } from 'node:events';
import { SingleFlight } from './single-flight.js';

const left = new Error('The client has left.');
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

interface Work {
  signal: AbortSignal;
  resolve: (value: number) => void;
  reject: (error: Error) => void;
}

/** Work that ends when the test says so. */
function scripted(): { sut: SingleFlight<number>; runs: Work[] } {
  const runs: Work[] = [];
  const work = (signal: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => runs.push({ signal, resolve, reject }));
  return { sut: new SingleFlight(work), runs };
}

describe(SingleFlight.name, () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): number => unhandled.push(reason);

  beforeAll(() => process.on('unhandledRejection', note));
  afterAll(async () => {
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('starts no work before the first caller', () => {
    const { sut, runs } = scripted();
    expect([sut.isRunning, runs.length]).toEqual([false, 0]);
  });

  it('does the work once for 1,000 callers and leaves no listener', async () => {
    const { sut, runs } = scripted();
    const signals = Array.from({ length: 1000 }, () => new AbortController().signal);
    const answers = signals.map((signal) => sut.join(signal));
    expect(sut.isRunning).toBe(true);
    runs[0]?.resolve(7);
    expect(await Promise.all(answers)).toEqual(Array(1000).fill(7));
    expect([runs.length, runs[0]?.signal.aborted, sut.isRunning]).toEqual([1, false, false]);
    expect(Math.max(...signals.map(listenersOf))).toBe(0);
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
    const sut = new SingleFlight(work);
    const { signal } = new AbortController();
    const ends = await Promise.allSettled([sut.join(signal), sut.join()]);
    expect(ends.map((end) => (end as PromiseRejectedResult).reason as Error)).toEqual([left, left]);
    expect(listenersOf(signal)).toBe(0);
  });

  it('goes on for the others when the first caller leaves', async () => {
    const { sut, runs } = scripted();
    const first = new AbortController();
    const second = new AbortController();
    const answers = [sut.join(first.signal), sut.join(second.signal)];
    first.abort(left);
    await expect(answers[0]).rejects.toBe(left);
    expect([sut.isRunning, runs[0]?.signal.aborted]).toEqual([true, false]);
    runs[0]?.resolve(7);
    await expect(answers[1]).resolves.toBe(7);
    expect([listenersOf(first.signal), listenersOf(second.signal)]).toEqual([0, 0]);
  });

  it('aborts the work when the last caller has left, with its reason', async () => {
    const { sut, runs } = scripted();
    const callers = [new AbortController(), new AbortController()];
    const answers = callers.map(({ signal }) => sut.join(signal));
    for (const caller of callers) caller.abort(left);
    expect(runs[0]?.signal.reason).toBe(left);
    expect(sut.isRunning).toBe(false);
    runs[0]?.reject(new Error('aborted'));
    for (const answer of answers) await expect(answer).rejects.toBe(left);
  });

  it('is never aborted for a caller without a signal', async () => {
    const { sut, runs } = scripted();
    const leaving = new AbortController();
    const answers = [sut.join(leaving.signal), sut.join()];
    leaving.abort(left);
    await expect(answers[0]).rejects.toBe(left);
    runs[0]?.resolve(7);
    await expect(answers[1]).resolves.toBe(7);
    expect(runs[0]?.signal.aborted).toBe(false);
  });

  it('starts nothing for a caller that has left already, and ends nothing', async () => {
    const { sut, runs } = scripted();
    await expect(sut.join(AbortSignal.abort(left))).rejects.toBe(left);
    expect([sut.isRunning, runs.length]).toEqual([false, 0]);
    const answer = sut.join();
    await expect(sut.join(AbortSignal.abort(left))).rejects.toBe(left);
    runs[0]?.resolve(7);
    await expect(answer).resolves.toBe(7);
  });

  it('starts the work again after its end', async () => {
    const { sut, runs } = scripted();
    const first = sut.join();
    runs[0]?.resolve(1);
    await expect(first).resolves.toBe(1);
    const second = sut.join();
    runs[1]?.resolve(2);
    await expect(second).resolves.toBe(2);
  });

  it('keeps the late end of an aborted run from the callers of the next one', async () => {
    const { sut, runs } = scripted();
    const leaving = new AbortController();
    const first = sut.join(leaving.signal);
    leaving.abort(left);
    await expect(first).rejects.toBe(left);
    const second = sut.join();
    runs[0]?.resolve(1);
    await new Promise(setImmediate);
    expect(sut.isRunning).toBe(true);
    runs[1]?.resolve(2);
    await expect(second).resolves.toBe(2);
  });
});
