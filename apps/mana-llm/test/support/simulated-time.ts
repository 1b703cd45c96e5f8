const SEED = 42;
/** Many times what the longest simulation takes: more is one that does not end. */
const MAX_STEPS = 10_000_000;
/** Only timers and clocks: promises and `setImmediate` have to go on by themselves. */
const REAL = ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'] as const;

/** Mulberry32: small, and even enough for arrivals and pauses. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Replaces clocks and chance in each test of a block: every run is the same run. */
export function useSimulatedTime(): void {
  const { stackTraceLimit } = Error;
  beforeEach(() => {
    // Half the time of a simulated outage would go into traces that nobody reads.
    Error.stackTraceLimit = 0;
    jest.useFakeTimers({ now: 0, doNotFake: [...REAL] });
    jest.spyOn(Math, 'random').mockImplementation(seededRandom(SEED));
  });
  afterEach(() => {
    Error.stackTraceLimit = stackTraceLimit;
    jest.restoreAllMocks();
    jest.useRealTimers();
  });
}

/** A whole number of milliseconds, both ends included. */
export function randomMs(fromMs: number, toMs: number): number {
  return fromMs + Math.floor(Math.random() * (toMs - fromMs + 1));
}

export function simulatedPause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Lets simulated time pass until the work is done. Timers fire one by one, each followed by all that its promises lead to: Jest's
 * own `...Async` functions do the same, with a real timer for each, which takes minutes for 100,000 requests.
 */
export async function simulated<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  work.then(end, end);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    await new Promise(setImmediate);
    if (isDone) return work;
    if (jest.getTimerCount() === 0) throw new Error('nothing more will happen, and the work is not done');
    jest.advanceTimersToNextTimer();
  }
  throw new Error(`the work is not done after ${MAX_STEPS} steps`);
}
