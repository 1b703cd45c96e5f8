import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { type AdmissionLimits, type AdmissionPlace, AdmissionRefusal } from './admission-queue.js';
import { MemoryAdmissionQueue } from './memory-admission-queue.js';

const NOW_MS = 1_000_000;
const CALLERS = ['a', 'b', 'c'];
const LEFT = new Error('left');
const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Step =
  | { kind: 'enter'; caller: string; isLowPriority: boolean; limitMs: number | undefined }
  | { kind: 'leave' | 'abort'; which: number }
  | { kind: 'pass'; timeMs: number }
  | { kind: 'configure'; limits: AdmissionLimits };

interface Entry {
  id: number;
  caller: string;
  isLowPriority: boolean;
  deadlineAtMs: number;
  controller: AbortController;
  place?: AdmissionPlace;
  error?: unknown;
}

const limits = fc.record({ concurrent: fc.nat({ max: 4 }), queued: fc.nat({ max: 6 }) });
const enter = fc.record({
  kind: fc.constant('enter' as const),
  caller: fc.constantFrom(...CALLERS),
  isLowPriority: fc.boolean(),
  limitMs: fc.option(fc.integer({ min: -1, max: 300 }), { nil: undefined }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: enter, weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat() }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('pass' as const), timeMs: fc.nat({ max: 200 }) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('configure' as const), limits }), weight: 1 },
);

/** Takes steps on a queue, and looks after each whether everything is as it has to be. */
class Walk {
  private readonly sut: MemoryAdmissionQueue;
  private readonly entries: Entry[] = [];
  private readonly admitted: Entry[] = [];

  constructor(private limits: AdmissionLimits) {
    this.sut = new MemoryAdmissionQueue(limits);
  }

  async take(taken: Step): Promise<void> {
    const { running, waiting } = this.sut;
    const admittedBefore = this.admitted.length;
    this.act(taken);
    const [runningAfter, waitingAfter] = [this.sut.running, this.sut.waiting];
    await flush();
    expect([this.sut.running, this.sut.waiting]).toEqual([runningAfter, waitingAfter]);
    this.checkCounts(running, waiting);
    const isWelcome = taken.kind === 'enter' && taken.limitMs === undefined && waiting < this.limits.queued;
    if (isWelcome) expect(this.entries.at(-1)?.error).toBeUndefined();
    this.checkThoseWhoWait();
    this.checkOrder(this.admitted.slice(admittedBefore));
  }

  /** All who run leave, and so do those who come after them. */
  async end(): Promise<void> {
    while (this.holders.length > 0) await this.take({ kind: 'leave', which: 0 });
    expect(this.pending).toEqual([]);
    expect(this.sut).toMatchObject({ running: 0, waiting: 0 });
    expect(jest.getTimerCount()).toBe(0);
  }

  private get pending(): Entry[] {
    return this.entries.filter(({ place, error }) => place === undefined && error === undefined);
  }

  private get holders(): Entry[] {
    return this.admitted.filter(({ place }) => place !== undefined);
  }

  private act(taken: Step): void {
    if (taken.kind === 'enter') this.enter(taken);
    else if (taken.kind === 'pass') jest.advanceTimersByTime(taken.timeMs);
    else if (taken.kind === 'configure') {
      this.limits = taken.limits;
      this.sut.configure(taken.limits);
    } else if (taken.kind === 'abort') {
      this.entries[taken.which % (this.entries.length || 1)]?.controller.abort(LEFT);
    } else this.leave(taken.which);
  }

  private enter({ caller, isLowPriority, limitMs }: Step & { kind: 'enter' }): void {
    const controller = new AbortController();
    const deadlineAtMs = limitMs === undefined ? Infinity : Date.now() + limitMs;
    const entry: Entry = { id: this.entries.length, caller, isLowPriority, deadlineAtMs, controller };
    this.entries.push(entry);
    const limit = limitMs === undefined ? {} : { deadlineAtMs };
    this.sut.enter({ caller, isLowPriority, signal: controller.signal, ...limit }).then(
      (place) => {
        entry.place = place;
        this.admitted.push(entry);
      },
      (error: unknown) => (entry.error = error),
    );
  }

  private leave(which: number): void {
    const { holders } = this;
    const holder = holders[which % (holders.length || 1)];
    if (holder === undefined) return;
    holder.place?.leave();
    holder.place?.leave();
    this.admitted.splice(this.admitted.indexOf(holder), 1);
    this.entries.splice(this.entries.indexOf(holder), 1);
  }

  private checkCounts(runningBefore: number, waitingBefore: number): void {
    const { running, waiting } = this.sut;
    const { concurrent, queued } = this.limits;
    expect(running).toBe(this.holders.length);
    expect(waiting).toBe(this.pending.length);
    if (concurrent > 0) expect(running).toBeLessThanOrEqual(Math.max(concurrent, runningBefore));
    expect(waiting).toBeLessThanOrEqual(Math.max(queued, waitingBefore));
    const isFree = concurrent === 0 || running < concurrent;
    expect(this.sut.hasRoom).toBe(isFree);
    if (isFree) expect(waiting).toBe(0);
  }

  private checkThoseWhoWait(): void {
    for (const { deadlineAtMs, controller } of this.pending) {
      expect(deadlineAtMs).toBeGreaterThan(Date.now() - 1);
      expect(controller.signal.aborted).toBe(false);
    }
    for (const { place, error, controller } of this.entries) {
      if (place === undefined && error === undefined) continue;
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
      if (error === undefined || error === LEFT) continue;
      expect(error).toBeInstanceOf(AdmissionRefusal);
      const { retryAfterMs } = error as AdmissionRefusal;
      expect(retryAfterMs).toBeGreaterThanOrEqual(100);
      expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    }
  }

  private checkOrder(admitted: Entry[]): void {
    for (const { id, caller, isLowPriority } of admitted) {
      const earlier = this.pending.filter((other) => other.id < id && other.isLowPriority === isLowPriority);
      expect(earlier.filter((other) => other.caller === caller)).toEqual([]);
      if (isLowPriority) expect(this.pending.filter((other) => !other.isLowPriority)).toEqual([]);
    }
    for (const caller of CALLERS) {
      for (const isLowPriority of [false, true]) {
        const ids = admitted
          .filter((entry) => entry.caller === caller && entry.isLowPriority === isLowPriority)
          .map(({ id }) => id);
        expect(ids).toEqual([...ids].sort((one, other) => one - other));
      }
    }
  }
}

beforeEach(() => jest.useFakeTimers({ now: NOW_MS, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));

afterEach(() => jest.useRealTimers());

describe(MemoryAdmissionQueue.name, () => {
  it('keeps its limits and its order and loses neither places nor those who wait, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async (first, steps) => {
        const walk = new Walk(first);
        for (const one of steps) await walk.take(one);
        await walk.end();
      }),
      { numRuns: 300 },
    );
  });

  const event = fc.record({
    kind: fc.constantFrom('leave', 'leave', 'leave', 'abort', 'third'),
    caller: fc.constantFrom('a', 'b'),
    which: fc.nat(),
  });

  it('serves two callers that wait all the time equally, give or take one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ concurrent: fc.integer({ min: 1, max: 4 }), isLowPriority: fc.boolean() }),
        fc.record({ a: fc.integer({ min: 1, max: 20 }), b: fc.integer({ min: 1, max: 20 }) }),
        fc.array(event, { maxLength: 60 }),
        async ({ concurrent, isLowPriority }, lengths, events) => {
          const sut = new MemoryAdmissionQueue({ concurrent, queued: 1000 });
          const places: AdmissionPlace[] = [];
          const served = { a: 0, b: 0, third: 0 };
          const waiting: Record<keyof typeof served, AbortController[]> = { a: [], b: [], third: [] };
          const come = (caller: keyof typeof served): void => {
            const controller = new AbortController();
            waiting[caller].push(controller);
            sut.enter({ caller, isLowPriority, signal: controller.signal }).then(
              (place) => {
                places.push(place);
                served[caller] += 1;
                waiting[caller].splice(waiting[caller].indexOf(controller), 1);
              },
              () => undefined,
            );
          };
          /** Before anybody is served or leaves there are two at least: each caller waits all the time. */
          const keepWaiting = (caller: 'a' | 'b'): void => {
            while (waiting[caller].length < lengths[caller] + concurrent) come(caller);
          };

          for (let place = 0; place < concurrent; place += 1) come('third');
          await flush();
          for (const { kind, caller, which } of events) {
            keepWaiting('a');
            keepWaiting('b');
            if (kind === 'third') come('third');
            else if (kind === 'leave') places.splice(which % places.length, 1)[0]?.leave();
            else {
              const mine = waiting[caller];
              mine.splice(which % mine.length, 1)[0]?.abort(LEFT);
            }
            await flush();
            expect(Math.abs(served.a - served.b)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
