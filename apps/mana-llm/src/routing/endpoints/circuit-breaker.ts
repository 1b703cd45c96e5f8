export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerPolicy {
  /** Consecutive failures that open it. */
  failures: number;
  openMs: number;
}

type BreakerVerdict = 'succeeded' | 'failed' | 'released';

/** Leave to send one request. Exactly one of the three is told, once; later words of the same pass are ignored. */
export class BreakerPass {
  private isTold = false;

  constructor(
    private readonly breaker: CircuitBreaker,
    readonly era: number,
    readonly probeSinceMs: number | undefined,
  ) {}

  /** This request shows whether the host is back. */
  get isProbe(): boolean {
    return this.probeSinceMs !== undefined;
  }

  /** False once the breaker has opened since: it does not hear this pass any more. */
  get isCurrent(): boolean {
    return this.breaker.hears(this);
  }

  succeeded(): void {
    this.tell('succeeded');
  }

  failed(): void {
    this.tell('failed');
  }

  /** No verdict: the caller left, or was at fault. */
  released(): void {
    this.tell('released');
  }

  private tell(verdict: BreakerVerdict): void {
    if (this.isTold) return;
    this.isTold = true;
    this.breaker.hear(this, verdict);
  }
}

export interface BreakerOptions {
  /** Epoch milliseconds. */
  nowMs?: () => number;
  onChange?: (state: BreakerState) => void;
}

/** Refuses requests to a host, or for a model, that has failed several times in a row, until a single one of them shows that it is back. */
export class CircuitBreaker {
  /** What `onChange` was told last: an open time that is over is noticed by the next who wants in. */
  private toldState: BreakerState = 'closed';
  private failures = 0;
  private openUntilMs = 0;
  /** When the newest probe that is out was let in. */
  private probeSinceMs: number | undefined;
  private hasAnsweredPing = false;
  /** One more with each opening: passes of before have nothing to say any more. */
  private era = 0;
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
    return this.toldState === 'open' && this.nowMs() >= this.openUntilMs ? 'half_open' : this.toldState;
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
    if (this.toldState !== 'closed') {
      this.probeSinceMs = this.nowMs();
      this.change('half_open');
    }
    return new BreakerPass(this, this.era, this.probeSinceMs);
  }

  /** False for a pass of before the last opening. */
  hears({ era }: BreakerPass): boolean {
    return era === this.era;
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

  /** The host answers a cheap question that asks no model: says nothing for a closed one, whose models may fail all the same. */
  pingSucceeded(): void {
    this.hasAnsweredPing = true;
    if (this.toldState !== 'closed') this.change('half_open');
  }

  /**
   * Says nothing against a closed one, and nothing while the probe is out: requests judge better than pings. Nor from a host that
   * has never answered one: it may serve models and no such request, and would be left alone for ever.
   */
  pingFailed(): void {
    if (this.toldState !== 'closed' && !this.isProbing && this.hasAnsweredPing) this.open();
  }

  private get isProbing(): boolean {
    return this.probeSinceMs !== undefined && this.nowMs() - this.probeSinceMs < this.policy.openMs;
  }

  private countFailure(): void {
    this.failures += 1;
    if (this.toldState !== 'closed' || this.failures >= this.policy.failures) this.open();
  }

  private open(): void {
    this.era += 1;
    this.probeSinceMs = undefined;
    this.openUntilMs = this.nowMs() + this.policy.openMs;
    this.change('open');
  }

  private change(state: BreakerState): void {
    if (state === this.toldState) return;
    this.toldState = state;
    this.onChange(state);
  }
}
