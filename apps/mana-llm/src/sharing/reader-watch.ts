import {
  type AnswerForm,
  type CallContext,
  type CallerLimits,
  callLimits,
  type CallLimits,
  type ProviderTimeouts,
  timeoutError,
  type TimeoutPhase,
} from '@mana-llm/llm-providers';

/** Who waits for shared work: the signal says that it has left, the limits how long it waits. */
export type WaitingReader = Pick<CallContext, 'signal' | 'limits'>;

/** A connection is made for all readers: its time is no limit of one of them. */
type WaitPhase = Exclude<TimeoutPhase, 'connect'>;

/** Node keeps a timer's delay in 31 bits: with a longer one it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Work that is shared has the limits of its provider already: a reader brings its own alone. */
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

/** The clocks and the signal of one reader of shared work. `onLeave` is called once at most, with the reason. */
export class ReaderWatch {
  private readonly timers = new Map<WaitPhase, NodeJS.Timeout>();

  constructor(
    private readonly signal: AbortSignal,
    private readonly onLeave: (reason: unknown) => void,
  ) {}

  /** A reader that has left already leaves at once. */
  begin(): void {
    if (this.signal.aborted) this.onAbort();
    else this.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** While `isHeld` says so, the silence is our own doing and the clock starts anew. */
  limit(phase: WaitPhase, limitMs: number, isHeld: () => boolean = () => false): void {
    if (limitMs > MAX_TIMER_MS) return;
    const onTimeout = (): void => {
      if (isHeld()) timer.refresh();
      else this.leave(timeoutError('The model', phase, limitMs, { isCallersLimit: true }));
    };
    const timer = setTimeout(onTimeout, limitMs);
    this.timers.set(phase, timer);
  }

  lift(phase: WaitPhase): void {
    clearTimeout(this.timers.get(phase));
    this.timers.delete(phase);
  }

  liftAll(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** Starts the clock of a phase anew. */
  refresh(phase: WaitPhase): void {
    this.timers.get(phase)?.refresh();
  }

  end(): void {
    this.liftAll();
    this.signal.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => this.leave(this.signal.reason);

  private leave(reason: unknown): void {
    this.end();
    this.onLeave(reason);
  }
}
