import {
  type BreakerOptions,
  type BreakerPass,
  type BreakerPolicy,
  type BreakerState,
  CircuitBreaker,
} from './circuit-breaker.js';
import { FailingCallers } from './failing-callers.js';

/** Half-open: the probe that is out decides soon. */
const MIN_REFUSAL_MS = 1_000;

/** The right to send one caller's request. It hears one verdict, once; what it hears later is ignored. */
export class CallerPass {
  private isReported = false;

  constructor(
    private readonly breaker: SharedBreaker,
    readonly caller: string,
    /** Undefined: the breaker is open, but not because of this caller. */
    readonly shared: BreakerPass | undefined,
    /** The one request that shows whether this caller's own failures have ended. */
    readonly ownProbe: BreakerPass | undefined,
  ) {}

  /** A long answer has begun. Callers that are refused until a probe succeeds do not wait for the end of that answer. */
  begun(): void {
    if (this.shared === undefined || this.shared.isProbe || this.ownProbe !== undefined) this.succeeded();
  }

  succeeded(): void {
    if (this.take()) this.breaker.succeeded(this);
  }

  /** The request itself may be what fails. True where the failure counts for everybody. */
  failed(): boolean {
    return this.take() && this.breaker.failed(this);
  }

  /** No request is to blame: it was not sent. */
  failedForAll(): void {
    if (this.take()) this.breaker.failedForAll(this);
  }

  /** No verdict: the caller left, or was at fault. */
  released(): void {
    if (!this.take()) return;
    this.shared?.released();
    this.ownProbe?.released();
  }

  private take(): boolean {
    const isFirst = !this.isReported;
    this.isReported = true;
    return isFirst;
  }
}

/**
 * A circuit breaker for requests of several callers, one of whom may send what always fails. The failures of one caller in a row
 * refuse that caller. They count for everybody only while no other caller has had a success within the open time. Where all failures
 * together open it, it is open for the callers who had a part in them; any other caller is let in, and a success closes it for all.
 */
export class SharedBreaker {
  private readonly shared: CircuitBreaker;
  private readonly nowMs: () => number;
  /** Made when the first caller fails. */
  private failing: FailingCallers | undefined;
  private successCaller: string | undefined;
  private successAtMs = -Infinity;
  /** The last success of any caller but that one. */
  private otherSuccessAtMs = -Infinity;
  private heardMs = -Infinity;

  constructor(
    private policy: BreakerPolicy,
    options: BreakerOptions = {},
  ) {
    this.nowMs = options.nowMs ?? Date.now;
    this.shared = new CircuitBreaker(policy, options);
  }

  configure(policy: BreakerPolicy): void {
    this.policy = policy;
    this.shared.configure(policy);
    this.failing?.configure(policy);
  }

  get state(): BreakerState {
    return this.shared.state;
  }

  get nextTryAtMs(): number | undefined {
    return this.shared.nextTryAtMs;
  }

  /** When a request last succeeded or failed, epoch milliseconds. */
  get heardAtMs(): number {
    return this.heardMs;
  }

  /** Whether a failure of the caller is one of those in a row, whatever their number. */
  blames(caller: string): boolean {
    return this.failing?.isBlamed(caller) ?? false;
  }

  /** For how long the caller is refused; 0: `tryEnter` would give a pass. No caller: one who had a part in the failures. */
  refusedForMs(caller?: string): number {
    const own = caller === undefined ? undefined : this.failing?.breakerOf(caller);
    const ownMs = own === undefined || own.canEnter ? 0 : this.untilNextTryMs(own);
    if (this.shared.canEnter || (caller !== undefined && !this.blames(caller))) return ownMs;
    return Math.max(ownMs, this.untilNextTryMs(this.shared));
  }

  tryEnter(caller: string): CallerPass | undefined {
    const own = this.failing?.breakerOf(caller);
    if (own !== undefined && !own.canEnter) return undefined;
    const isLetPast = this.shared.state !== 'closed' && !this.blames(caller);
    const pass = isLetPast ? undefined : this.shared.tryEnter();
    if (!isLetPast && pass === undefined) return undefined;
    return new CallerPass(this, caller, pass, own?.state === 'half_open' ? own.tryEnter() : undefined);
  }

  /** Also for what failures of single callers have opened: a ping is no caller's. */
  pingSucceeded(): void {
    this.shared.pingSucceeded();
    this.failing?.pingSucceeded();
  }

  pingFailed(): void {
    this.shared.pingFailed();
  }

  /** For passes alone, as the next two. */
  succeeded({ caller, shared, ownProbe }: CallerPass): void {
    this.heardMs = this.nowMs();
    if (caller !== this.successCaller) {
      this.otherSuccessAtMs = this.successAtMs;
      this.successCaller = caller;
    }
    this.successAtMs = this.heardMs;
    if (shared === undefined) this.shared.close();
    else shared.succeeded();
    if (this.shared.consecutiveFailures === 0) this.failing?.endRow();
    ownProbe?.succeeded();
    this.failing?.succeeded(caller);
  }

  failed({ caller, shared, ownProbe }: CallerPass): boolean {
    if (shared !== undefined && !shared.isCurrent) return false;
    this.heardMs = this.nowMs();
    const failing = this.openFailing();
    const ownBreaker = failing.failingBreakerOf(caller);
    (ownProbe ?? ownBreaker.tryEnter())?.failed();
    if (this.hasOtherSucceeded(caller)) {
      shared?.released();
      return false;
    }
    failing.blame(caller);
    shared?.failed();
    return true;
  }

  failedForAll({ shared, ownProbe }: CallerPass): void {
    ownProbe?.released();
    if (shared !== undefined && !shared.isCurrent) return;
    this.heardMs = this.nowMs();
    this.openFailing().blameAll();
    shared?.failed();
  }

  private openFailing(): FailingCallers {
    return (this.failing ??= new FailingCallers(this.policy, this.nowMs));
  }

  private hasOtherSucceeded(caller: string): boolean {
    const atMs = caller === this.successCaller ? this.otherSuccessAtMs : this.successAtMs;
    return this.nowMs() - atMs < this.policy.openMs;
  }

  private untilNextTryMs({ nextTryAtMs = 0 }: CircuitBreaker): number {
    return Math.max(MIN_REFUSAL_MS, nextTryAtMs - this.nowMs());
  }
}
