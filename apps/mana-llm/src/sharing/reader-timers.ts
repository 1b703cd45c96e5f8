import {
  type AnswerForm,
  type CallContext,
  type CallerLimits,
  callLimits,
  type CallLimits,
  type ProviderTimeouts,
  type SharedWork,
  timeoutError,
  type TimeoutPhase,
} from '@mana-llm/llm-providers';

/** A caller that waits for shared work: its signal says that it has left, its limits say how long it waits. */
export type WaitingReader = Pick<CallContext, 'signal' | 'limits'>;

/** The connection is made for all readers: no reader sets a limit for it. */
type WaitPhase = Exclude<TimeoutPhase, 'connect'>;

/** Node keeps a timer's delay in 31 bits: with a longer one it fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Shared work has the limits of its provider already: a reader adds only its own. */
const NO_TIMEOUTS: ProviderTimeouts = {
  connectMs: Infinity,
  firstTokenMs: Infinity,
  idleMs: Infinity,
  totalMs: Infinity,
};

/** How long a reader waits from now on; Infinity where it sets no limit. */
export function readerLimits(limits: CallerLimits | undefined, form: AnswerForm): CallLimits {
  return callLimits(NO_TIMEOUTS, limits ?? {}, form);
}

/** The timers and the abort signal of one reader. `onLeave` is called once at most, with the reason. */
export class ReaderTimers {
  private readonly timers = new Map<WaitPhase, NodeJS.Timeout>();

  constructor(
    private readonly signal: AbortSignal,
    private readonly onLeave: (reason: unknown) => void,
  ) {}

  /** Listens to the signal. A reader whose signal is aborted already leaves at once. */
  listen(): void {
    if (this.signal.aborted) this.onAbort();
    else this.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** While `isPaused` is true, the gateway itself causes the silence: then the timer starts again. */
  start(phase: WaitPhase, limitMs: number, isPaused: () => boolean = () => false): void {
    if (limitMs > MAX_TIMER_MS) return;
    const onTimeout = (): void => {
      if (isPaused()) timer.refresh();
      else this.leave(timeoutError('The model', phase, limitMs, { isCallersLimit: true }));
    };
    const timer = setTimeout(onTimeout, limitMs);
    this.timers.set(phase, timer);
  }

  restart(phase: WaitPhase): void {
    this.timers.get(phase)?.refresh();
  }

  stop(phase: WaitPhase): void {
    clearTimeout(this.timers.get(phase));
    this.timers.delete(phase);
  }

  stopAll(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** Stops the timers, and listens to the signal no more. */
  end(): void {
    this.stopAll();
    this.signal.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => this.leave(this.signal.reason);

  private leave(reason: unknown): void {
    this.end();
    this.onLeave(reason);
  }
}

/** What the work gives, or its error. A reader that leaves first gets its own reason, and a timeout at its own limit. */
export async function joinWithin<T>(work: SharedWork<T>, { signal, limits }: WaitingReader): Promise<T> {
  const { totalMs } = readerLimits(limits, 'buffered');
  if (totalMs > MAX_TIMER_MS) return work.join(signal);
  const wait = new AbortController();
  const timers = new ReaderTimers(signal, (reason) => wait.abort(reason));
  timers.start('total', totalMs);
  timers.listen();
  try {
    return await work.join(wait.signal);
  } finally {
    timers.end();
  }
}
