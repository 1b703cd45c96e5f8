import { type CallContext, type CallerLimits, type TimeoutPhase, UpstreamError } from '@mana-llm/llm-providers';

/** Who waits for shared work: the signal says that it has left, the limits how long it waits. */
export type WaitingReader = Pick<CallContext, 'signal' | 'limits'>;

/** A connection is made for all readers: its time is no limit of one of them. */
type WaitPhase = Exclude<TimeoutPhase, 'connect'>;

const PHASE_WORDS: Readonly<Record<WaitPhase, string>> = {
  first_token: 'did not begin its answer',
  idle: 'fell silent in its answer',
  total: 'did not finish its answer',
};

/** Node keeps a timer's delay in 31 bits: with a longer one it fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A limit that has passed already still gets a moment, so that its error is made in one place. */
const MIN_MS = 1;

function waitError(phase: WaitPhase, limitMs: number): UpstreamError {
  const message = `The model ${PHASE_WORDS[phase]} within ${limitMs} ms (${phase} timeout).`;
  return new UpstreamError(message, { provider: 'mana-llm', kind: 'timeout', phase });
}

export interface ReaderWaits {
  totalMs: number;
  openMs: number;
  silenceMs: number;
}

/** How long a reader waits from now on; Infinity where it sets no limit. */
export function readerWaits({ deadlineAtMs, openByMs, maxSilenceMs = Infinity }: CallerLimits = {}): ReaderWaits {
  const nowMs = Date.now();
  const until = (atMs = Infinity): number => Math.max(MIN_MS, Math.ceil(atMs - nowMs));
  return {
    totalMs: until(deadlineAtMs),
    openMs: Math.min(until(openByMs), maxSilenceMs),
    silenceMs: maxSilenceMs,
  };
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
      else this.leave(waitError(phase, limitMs));
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
