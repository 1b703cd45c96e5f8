export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerPolicy {
  /** Consecutive failures that open it. */
  failures: number;
  openMs: number;
}

type BreakerVerdict = 'succeeded' | 'failed' | 'released';

/** The right to send one request. It hears exactly one of the three verdicts, once; what it hears later is ignored. */
export class BreakerPass {
  private isReported = false;

  constructor(
    private readonly breaker: CircuitBreaker,
    readonly opening: number,
    readonly probeSinceMs: number | undefined,
  ) {}

  /** This request shows whether the endpoint is back. */
  get isProbe(): boolean {
    return this.probeSinceMs !== undefined;
  }

  /** False once the breaker has opened since: it does not hear this pass any more. */
  get isCurrent(): boolean {
    return this.breaker.hears(this);
  }

  succeeded(): void {
    this.report('succeeded');
  }

  failed(): void {
    this.report('failed');
  }

  /** No verdict: the caller left, or was at fault. */
  released(): void {
    this.report('released');
  }

  private report(verdict: BreakerVerdict): void {
    if (this.isReported) return;
    this.isReported = true;
    this.breaker.hear(this, verdict);
  }
}

export interface BreakerOptions {
  /** Epoch milliseconds. */
  nowMs?: () => number;
  onChange?: (state: BreakerState) => void;
}

/** Refuses requests to an endpoint, or for a model, that has failed several times in a row, until a single one of them shows that it is back. */
export class CircuitBreaker {
  /** What `onChange` was called with last: the next `tryEnter` notices that an open time is over. */
  private reportedState: BreakerState = 'closed';
  private failures = 0;
  private openUntilMs = 0;
  /** When the newest probe that is out was let in. */
  private probeSinceMs: number | undefined;
  private hasAnsweredPing = false;
  /** One more with each opening: passes of before have nothing to say any more. */
  private opening = 0;
  private readonly nowMs: () => number;
  private readonly onChange: (state: BreakerState) => void;

  constructor(
    private policy: BreakerPolicy,
    { nowMs = Date.now, onChange = () => undefined }: BreakerOptions = {},
  ) {
    this.nowMs = nowMs;
    this.onChange = onChange;
  }

  /** After a reload: what has been counted stays, and an open time runs on to the end it has. */
  configure(policy: BreakerPolicy): void {
    this.policy = policy;
  }

  /** One that is open and whose time is over reads half-open. */
  get state(): BreakerState {
    return this.reportedState === 'open' && this.nowMs() >= this.openUntilMs ? 'half_open' : this.reportedState;
  }

  get consecutiveFailures(): number {
    return this.failures;
  }

  /** Epoch milliseconds; undefined unless it is open. */
  get nextTryAtMs(): number | undefined {
    return this.state === 'open' ? this.openUntilMs : undefined;
  }

  /** Whether `tryEnter` would give a pass now. */
  get canEnter(): boolean {
    const { state } = this;
    return state === 'closed' || (state === 'half_open' && !this.isProbing);
  }

  /** Undefined: refused. Half-open, one pass at a time, and one more whenever a probe takes longer than the open time. */
  tryEnter(): BreakerPass | undefined {
    if (!this.canEnter) return undefined;
    if (this.reportedState !== 'closed') {
      this.probeSinceMs = this.nowMs();
      this.change('half_open');
    }
    return new BreakerPass(this, this.opening, this.probeSinceMs);
  }

  /** False for a pass of before the last opening. */
  hears({ opening }: BreakerPass): boolean {
    return opening === this.opening;
  }

  /** For passes alone: what became of the request. */
  hear(pass: BreakerPass, verdict: BreakerVerdict): void {
    if (!this.hears(pass)) return;
    if (this.probeSinceMs === pass.probeSinceMs) this.probeSinceMs = undefined;
    if (verdict === 'succeeded') this.close();
    else if (verdict === 'failed') this.countFailure();
  }

  /** Something else has shown that requests succeed. */
  close(): void {
    this.failures = 0;
    this.probeSinceMs = undefined;
    this.change('closed');
  }

  /** The endpoint answers a cheap question that asks no model: says nothing for a closed one, whose models may fail all the same. */
  pingSucceeded(): void {
    this.hasAnsweredPing = true;
    if (this.reportedState !== 'closed') this.change('half_open');
  }

  /**
   * Says nothing against a closed one, and nothing while the probe is out: requests judge better than pings. Nor from an endpoint that
   * has never answered one: it may serve models and no such request, and would be refused for ever.
   */
  pingFailed(): void {
    if (this.reportedState !== 'closed' && !this.isProbing && this.hasAnsweredPing) this.open();
  }

  private get isProbing(): boolean {
    return this.probeSinceMs !== undefined && this.nowMs() - this.probeSinceMs < this.policy.openMs;
  }

  private countFailure(): void {
    this.failures += 1;
    if (this.reportedState !== 'closed' || this.failures >= this.policy.failures) this.open();
  }

  private open(): void {
    this.opening += 1;
    this.probeSinceMs = undefined;
    this.openUntilMs = this.nowMs() + this.policy.openMs;
    this.change('open');
  }

  private change(state: BreakerState): void {
    if (state === this.reportedState) return;
    this.reportedState = state;
    this.onChange(state);
  }
}
