import { getEventListeners } from 'node:events';
import { type AdmissionPlace, AdmissionRefusal, type AdmissionRequest, WaiterMoved } from './admission-queue.js';
import { MemoryAdmissionQueue } from './memory-admission-queue.js';

const NOW_MS = 1_000_000;
const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Entered {
  controller: AbortController;
  /** The place, or the error. */
  outcome?: AdmissionPlace | Error;
  leave(): void;
}

function build(limits: { concurrent?: number; queued?: number } = {}) {
  const onChange = jest.fn();
  const sut = new MemoryAdmissionQueue({ concurrent: 1, queued: 10, ...limits }, { onChange });
  const order: string[] = [];
  const enter = (caller: string, request: Partial<AdmissionRequest> = {}): Entered => {
    const controller = new AbortController();
    const entered: Entered = { controller, leave: () => (entered.outcome as AdmissionPlace).leave() };
    sut.enter({ caller, isLowPriority: false, signal: controller.signal, ...request }).then(
      (place) => {
        order.push(caller);
        entered.outcome = place;
      },
      (error: Error) => (entered.outcome = error),
    );
    return entered;
  };
  const low = (caller: string): Entered => enter(caller, { isLowPriority: true });
  /** Holds a place for so long, which is what is measured then. */
  const measure = async (tookMs: number): Promise<void> => {
    const entered = enter('measured');
    await flush();
    jest.advanceTimersByTime(tookMs);
    entered.leave();
    order.length = 0;
  };
  return { sut, order, onChange, enter, low, measure };
}

const refusal = (reason: string, retryAfterMs: unknown = expect.any(Number)): unknown =>
  expect.objectContaining({ name: 'AdmissionRefusal', reason, retryAfterMs });

beforeEach(() => jest.useFakeTimers({ now: NOW_MS, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));

afterEach(() => jest.useRealTimers());

describe(MemoryAdmissionQueue.name, () => {
  it('lets as many in at once as may run, and the next one when one of them leaves', async () => {
    const { sut, order, enter } = build({ concurrent: 2 });
    const one = enter('a');
    enter('b');
    enter('c');
    await flush();
    expect(order).toEqual(['a', 'b']);
    expect(sut).toMatchObject({ running: 2, waiting: 1, hasRoom: false });
    one.leave();
    await flush();
    expect(order).toEqual(['a', 'b', 'c']);
    expect(sut).toMatchObject({ running: 2, waiting: 0, hasRoom: false });
  });

  it('lets one in with neither a timer nor a listener where there is room', async () => {
    const { enter } = build();
    const entered = enter('a', { deadlineAtMs: NOW_MS + 100 });
    expect(jest.getTimerCount()).toBe(0);
    expect(getEventListeners(entered.controller.signal, 'abort')).toEqual([]);
    await flush();
    expect(entered.outcome).toMatchObject({ waitedMs: 0 });
  });

  it('takes a place back once', async () => {
    const { sut, enter } = build({ concurrent: 2 });
    const one = enter('a');
    enter('b');
    await flush();
    one.leave();
    one.leave();
    expect(sut.running).toBe(1);
  });

  it('tells how long one has waited', async () => {
    const { enter } = build();
    const one = enter('a');
    const two = enter('b');
    await flush();
    jest.advanceTimersByTime(250);
    one.leave();
    await flush();
    expect(two.outcome).toMatchObject({ waitedMs: 250 });
  });

  it('counts those who run without a limit, and refuses none', async () => {
    const { sut, enter } = build({ concurrent: 0, queued: 0 });
    const all = Array.from({ length: 100 }, () => enter('a'));
    await flush();
    expect(sut).toMatchObject({ running: 100, waiting: 0, hasRoom: true });
    all.forEach((entered) => entered.leave());
    expect(sut.running).toBe(0);
  });

  it('serves callers by turns, and those of low priority behind all others', async () => {
    const { order, enter, low } = build();
    const first = enter('first');
    await flush();
    const rest = [low('x'), low('x'), low('y'), enter('a'), enter('a'), enter('a'), enter('b')];
    let last = first;
    while (rest.length > 0) {
      last.leave();
      await flush();
      const served = rest.findIndex(({ outcome }) => outcome !== undefined);
      [last] = rest.splice(served, 1) as [Entered];
    }
    expect(order).toEqual(['first', 'a', 'b', 'a', 'a', 'x', 'y', 'x']);
  });

  it('serves callers by turns, and within each by turns the names that it gives itself', async () => {
    const { order, enter } = build();
    const running = enter('running');
    const entered = [enter('a', { callerName: 'x' }), enter('a', { callerName: 'x' })];
    entered.push(enter('a', { callerName: 'y' }), enter('b'));
    await flush();
    running.leave();
    for (const turn of [0, 3, 2, 1]) {
      await flush();
      entered[turn]?.leave();
    }
    expect(order).toEqual(['running', 'a', 'b', 'a', 'a']);
  });

  describe('beside other queues', () => {
    it('tells of a place that comes free while nobody waits', async () => {
      const onRoom = jest.fn();
      const sut = new MemoryAdmissionQueue({ concurrent: 1, queued: 5 }, { onRoom });
      const request = { caller: 'a', isLowPriority: false, signal: new AbortController().signal };
      const place = await sut.enter(request);
      const next = sut.enter(request);
      place.leave();
      expect(onRoom).not.toHaveBeenCalled();
      (await next).leave();
      expect(onRoom).toHaveBeenCalledTimes(1);
    });

    it('sends the next one that waits away, where it can go', async () => {
      const { sut, enter } = build();
      enter('running');
      const [first, second] = [enter('a'), enter('a')];
      expect(sut.moveNextWaiter(({ caller }) => caller === 'b')).toBe(false);
      expect(sut.moveNextWaiter(({ caller }) => caller === 'a')).toBe(true);
      await flush();
      expect(first.outcome).toBeInstanceOf(WaiterMoved);
      expect(second.outcome).toBeUndefined();
      expect(sut.waiting).toBe(1);
      expect(getEventListeners(first.controller.signal, 'abort')).toEqual([]);
    });

    it('has nobody to send away where nobody waits', () => {
      expect(build().sut.moveNextWaiter(() => true)).toBe(false);
    });
  });

  describe('when the queue is full', () => {
    it('refuses at once, with a time to wait', async () => {
      const { sut, enter, low } = build({ queued: 1 });
      enter('a');
      enter('b');
      const refused = [enter('c'), low('c')];
      await flush();
      refused.forEach(({ outcome }) => {
        expect(outcome).toBeInstanceOf(AdmissionRefusal);
        expect(outcome).toEqual(refusal('queue_full', 1000));
      });
      expect(sut).toMatchObject({ running: 1, waiting: 1 });
    });

    it('refuses everybody who would have to wait where nobody may', async () => {
      const { enter } = build({ queued: 0 });
      enter('a');
      const refused = enter('b');
      await flush();
      expect(refused.outcome).toEqual(refusal('queue_full'));
    });

    it('takes the place of whoever has more waiting, so that a batch locks nobody out', async () => {
      const { sut, enter } = build({ queued: 3 });
      enter('running');
      const batch = [enter('batch'), enter('batch'), enter('batch')];
      const chats = [enter('chat'), enter('chat')];
      await flush();
      expect(batch.map(({ outcome }) => outcome)).toEqual([undefined, undefined, refusal('queue_full')]);
      // Two to one: the second chat would have as many as the batch, and is refused.
      expect(chats.map(({ outcome }) => outcome)).toEqual([undefined, refusal('queue_full')]);
      expect(sut.waiting).toBe(3);
    });

    it('counts all that a caller has waiting, whatever names it gives itself', async () => {
      const { sut, enter } = build({ queued: 3 });
      enter('running');
      const batch = [1, 2, 3].map((name) => enter('batch', { callerName: `fresh ${name}` }));
      const chats = [enter('chat'), enter('chat'), enter('batch', { callerName: 'fresh 4' })];
      await flush();
      expect(batch.map(({ outcome }) => outcome)).toEqual([refusal('queue_full'), undefined, undefined]);
      expect(chats.map(({ outcome }) => outcome)).toEqual([undefined, refusal('queue_full'), refusal('queue_full')]);
      expect(sut.waiting).toBe(3);
    });

    it('refuses the newest one of low priority, of the caller with the most, for one of normal priority', async () => {
      const { sut, enter, low } = build({ queued: 5 });
      enter('running');
      const waiting = [low('x'), low('y'), low('x'), enter('y'), low('y'), enter('y')];
      const rest = waiting.splice(2, 1);
      await flush();
      expect(rest[0]?.outcome).toEqual(refusal('queue_full'));
      expect(waiting.map(({ outcome }) => outcome)).toEqual(waiting.map(() => undefined));
      expect(sut.waiting).toBe(5);
    });

    it('keeps those of low priority where the one who comes would be too late anyway', async () => {
      const { enter, low, measure } = build({ queued: 1 });
      await measure(400);
      enter('running');
      const waiting = low('x');
      const late = enter('a', { deadlineAtMs: Date.now() + 399 });
      await flush();
      expect(late.outcome).toEqual(refusal('queue_timeout'));
      expect(waiting.outcome).toBeUndefined();
    });

    it('has room again when one who waits leaves', async () => {
      const { sut, order, enter } = build({ queued: 1 });
      const running = enter('a');
      const leaver = enter('b');
      leaver.controller.abort(new Error('left'));
      enter('c');
      await flush();
      expect(leaver.outcome).toEqual(new Error('left'));
      expect(sut.waiting).toBe(1);
      running.leave();
      await flush();
      expect(order).toEqual(['a', 'c']);
    });
  });

  describe('with a deadline', () => {
    it('refuses at once where the expected wait passes it', async () => {
      const { sut, enter, measure } = build();
      await measure(400);
      enter('a');
      const inTime = enter('b', { deadlineAtMs: Date.now() + 400 });
      const late = enter('c', { deadlineAtMs: Date.now() + 799 });
      await flush();
      expect(inTime.outcome).toBeUndefined();
      expect(late.outcome).toEqual(refusal('queue_timeout', 800));
      expect(sut.waiting).toBe(1);
    });

    it('expects of a caller who takes turns with a long line no more than its turn', async () => {
      const { enter, measure } = build();
      await measure(100);
      enter('batch');
      Array.from({ length: 8 }, () => enter('batch'));
      const chat = enter('chat', { deadlineAtMs: Date.now() + 200 });
      const batch = enter('batch', { deadlineAtMs: Date.now() + 900 });
      await flush();
      expect(chat.outcome).toBeUndefined();
      expect(batch.outcome).toEqual(refusal('queue_timeout', 1000));
    });

    it('lets one wait while nothing is measured, and refuses it when the deadline comes', async () => {
      const { sut, enter } = build();
      enter('a');
      const waiting = enter('b', { deadlineAtMs: NOW_MS + 50 });
      jest.advanceTimersByTime(49);
      await flush();
      expect(waiting.outcome).toBeUndefined();
      jest.advanceTimersByTime(1);
      await flush();
      expect(waiting.outcome).toEqual(refusal('queue_timeout', 1000));
      expect(sut.waiting).toBe(0);
      expect(getEventListeners(waiting.controller.signal, 'abort')).toEqual([]);
    });

    it('refuses one whose deadline has passed already', async () => {
      const { enter } = build();
      enter('a');
      const late = enter('b', { deadlineAtMs: NOW_MS - 1 });
      await flush();
      expect(late.outcome).toEqual(refusal('queue_timeout'));
    });

    it('gives no place to one whose deadline has passed while its timer is late', async () => {
      const { order, enter } = build();
      const running = enter('a');
      const late = enter('b', { deadlineAtMs: NOW_MS + 50 });
      enter('c');
      await flush();
      jest.setSystemTime(NOW_MS + 51);
      running.leave();
      await flush();
      expect(late.outcome).toEqual(refusal('queue_timeout'));
      expect(order).toEqual(['a', 'c']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it.each<[string, (waiting: Entered, running: Entered) => void]>([
      ['gets its place', (_waiting, running) => running.leave()],
      ['leaves', (waiting) => waiting.controller.abort()],
    ])('leaves neither a timer nor a listener behind when one who waits %s', async (_what, end) => {
      const { enter } = build();
      const running = enter('a');
      const waiting = enter('b', { deadlineAtMs: NOW_MS + 1000 });
      await flush();
      expect(jest.getTimerCount()).toBe(1);
      end(waiting, running);
      expect(jest.getTimerCount()).toBe(0);
      expect(getEventListeners(waiting.controller.signal, 'abort')).toEqual([]);
    });

    it('leaves no timer behind of one that is displaced', async () => {
      const { enter } = build({ queued: 1 });
      enter('a');
      const displaced = enter('b', { isLowPriority: true, deadlineAtMs: NOW_MS + 1000 });
      enter('c');
      expect(jest.getTimerCount()).toBe(0);
      expect(getEventListeners(displaced.controller.signal, 'abort')).toEqual([]);
    });
  });

  describe('with a signal', () => {
    it('rejects at once where it is aborted already, even where there is room', async () => {
      const { sut, enter } = build();
      const gone = enter('a', { signal: AbortSignal.abort(new Error('gone')) });
      await flush();
      expect(gone.outcome).toEqual(new Error('gone'));
      expect(sut).toMatchObject({ running: 0, waiting: 0 });
    });

    it('rejects with its reason one who waits', async () => {
      const { enter } = build();
      enter('a');
      const waiting = enter('b');
      waiting.controller.abort('a reason');
      await flush();
      expect(waiting.outcome).toBe('a reason');
    });

    it('gives the place to the next one where it aborts and the queue does not know yet', async () => {
      const { sut, order, enter } = build();
      const running = enter('a');
      await flush();
      const controller = new AbortController();
      // Its listeners run in the order of their coming, so this one frees the place first.
      controller.signal.addEventListener('abort', () => running.leave());
      const leaver = enter('b', { signal: controller.signal });
      enter('c');
      controller.abort(new Error('left'));
      await flush();
      expect(leaver.outcome).toEqual(new Error('left'));
      expect(order).toEqual(['a', 'c']);
      expect(sut).toMatchObject({ running: 1, waiting: 0 });
    });

    it('leaves a place that is handed over already to the one who has it', async () => {
      const { sut, order, enter } = build();
      const running = enter('a');
      const leaver = enter('b');
      enter('c');
      await flush();
      running.leave();
      leaver.controller.abort();
      await flush();
      expect(order).toEqual(['a', 'b']);
      leaver.leave();
      await flush();
      expect(order).toEqual(['a', 'b', 'c']);
      expect(sut.running).toBe(1);
    });
  });

  describe('the expected wait', () => {
    it('is none where there is room', async () => {
      const { enter, measure } = build();
      await measure(500);
      const entered = enter('a', { deadlineAtMs: Date.now() + 1 });
      await flush();
      expect(entered.outcome).toMatchObject({ waitedMs: 0 });
    });

    it('is none while nothing is measured', async () => {
      const { sut, enter } = build();
      enter('a');
      const waiting = enter('b', { deadlineAtMs: Date.now() + 1 });
      await flush();
      expect([sut.waiting, waiting.outcome]).toEqual([1, undefined]);
    });

    it('is that of all who wait and of one more, by how many run at once', async () => {
      const { sut, enter, measure } = build({ concurrent: 2, queued: 0 });
      await measure(500);
      enter('a');
      enter('b');
      const first = enter('c');
      sut.configure({ concurrent: 2, queued: 1 });
      enter('c');
      const second = enter('c');
      await flush();
      expect([first.outcome, second.outcome]).toEqual([refusal('queue_full', 250), refusal('queue_full', 500)]);
    });

    it('takes a clock that went back for no time at all', async () => {
      const { sut, enter } = build();
      const running = enter('a');
      enter('b', { deadlineAtMs: NOW_MS + 1000 });
      const waiting = enter('c');
      await flush();
      jest.setSystemTime(NOW_MS - 5000);
      running.leave();
      await flush();
      const late = enter('d', { deadlineAtMs: Date.now() + 1 });
      await flush();
      expect([sut.waiting, waiting.outcome, late.outcome]).toEqual([2, undefined, undefined]);
    });
  });

  describe('when it is configured anew', () => {
    it.each([
      [3, ['a', 'b', 'c'], 1],
      [0, ['a', 'b', 'c', 'd'], 0],
    ])('lets those in at once for whom there is room with %d', async (concurrent, expected, waiting) => {
      const { sut, order, enter } = build();
      [...'abcd'].forEach((caller) => enter(caller));
      sut.configure({ concurrent, queued: 10 });
      await flush();
      expect(order).toEqual(expected);
      expect(sut.waiting).toBe(waiting);
    });

    it('throws nobody out where there is less room, and lets nobody in before there is some', async () => {
      const { sut, order, enter } = build({ concurrent: 2 });
      const running = [enter('a'), enter('b')];
      enter('c');
      enter('d');
      sut.configure({ concurrent: 1, queued: 1 });
      const refused = enter('e');
      await flush();
      expect(sut).toMatchObject({ running: 2, waiting: 2 });
      expect(refused.outcome).toEqual(refusal('queue_full'));
      running[0]?.leave();
      await flush();
      expect(order).toEqual(['a', 'b']);
      running[1]?.leave();
      await flush();
      expect(order).toEqual(['a', 'b', 'c']);
    });
  });

  it('tells of every change, and of no refusal that changes nothing', async () => {
    const { sut, onChange, enter, low } = build({ queued: 2 });
    const seen: [number, number][] = [];
    onChange.mockImplementation(() => seen.push([sut.running, sut.waiting]));
    const running = enter('a');
    enter('b', { deadlineAtMs: NOW_MS + 10 });
    low('c');
    enter('d');
    enter('refused');
    jest.advanceTimersByTime(10);
    enter('e').controller.abort();
    await flush();
    running.leave();
    sut.configure({ concurrent: 2, queued: 2 });
    expect(seen).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 2],
      [1, 1],
      [1, 2],
      [1, 1],
      [1, 0],
      [1, 0],
    ]);
  });

  it('serves and forgets 100,000 who wait, half of whom leave', async () => {
    jest.useRealTimers();
    const count = 100_000;
    const sut = new MemoryAdmissionQueue({ concurrent: 1, queued: count });
    const enter = (caller: string, signal: AbortSignal) => sut.enter({ caller, isLowPriority: true, signal });
    const running = await enter('running', new AbortController().signal);
    const controllers = Array.from({ length: count }, () => new AbortController());
    let served = 0;
    const all = controllers.map(({ signal }, position) =>
      enter(`caller ${position % 1000}`, signal).then(
        (place) => {
          served += 1;
          place.leave();
        },
        () => undefined,
      ),
    );
    // The newest first: the worst case for a queue that looks for them from its front.
    for (let position = count - 1; position > 0; position -= 2) controllers[position]?.abort('left');
    running.leave();
    await Promise.all(all);
    expect(served).toBe(count / 2);
    expect(sut).toMatchObject({ running: 0, waiting: 0 });
  });
});
