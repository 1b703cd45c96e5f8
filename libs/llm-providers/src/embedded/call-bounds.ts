import type { CallContext } from '../call-context.js';
import { type TimeoutPhase, UpstreamError } from '../errors/upstream-error.js';

export interface CallLimits {
  provider: string;
  totalMs: number;
  firstTokenMs?: number;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One signal for everything that ends a call: its caller, its timeouts, and the provider's end. */
export class CallBounds {
  private readonly controller = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];
  private firstTokenTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: CallContext,
    private readonly limits: CallLimits,
  ) {
    const untilDeadlineMs = (context.limits?.deadlineAtMs ?? Infinity) - Date.now();
    this.startTimer('total', Math.min(limits.totalMs, untilDeadlineMs));
    if (limits.firstTokenMs !== undefined) this.firstTokenTimer = this.startTimer('first_token', limits.firstTokenMs);
    if (context.signal.aborted) this.onCallerLeft();
    context.signal.addEventListener('abort', this.onCallerLeft, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  firstTokenCame(): void {
    clearTimeout(this.firstTokenTimer);
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** To be called once the work is over, however it ended. */
  release(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.context.signal.removeEventListener('abort', this.onCallerLeft);
  }

  private readonly onCallerLeft = (): void => this.abort(this.context.signal.reason);

  private startTimer(phase: TimeoutPhase, limitMs: number): NodeJS.Timeout {
    const delayMs = Math.min(Math.max(0, limitMs), LONGEST_TIMER_MS);
    const timer = setTimeout(() => this.abort(this.timeout(phase, delayMs)), delayMs);
    this.timers.push(timer);
    return timer;
  }

  private timeout(phase: TimeoutPhase, limitMs: number): UpstreamError {
    const { provider } = this.limits;
    const what = phase === 'first_token' ? 'gave no first token' : 'did not finish its answer';
    return new UpstreamError(`${provider} ${what} within ${Math.round(limitMs)} ms.`, {
      provider,
      kind: 'timeout',
      phase,
    });
  }
}
