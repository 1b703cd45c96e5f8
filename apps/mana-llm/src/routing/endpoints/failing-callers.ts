import { type BreakerPolicy, CircuitBreaker } from './circuit-breaker.js';

/** Clients choose the names of callers: without a bound they fill the memory. A caller that is forgotten is let in once more. */
const MAX_CALLERS = 100;

interface FailingCaller {
  /** Counts the failures of this caller alone. */
  breaker: CircuitBreaker;
  /** The last row of shared failures that this caller had a part in. */
  row: number;
}

/** The callers who have failed and not succeeded since: how often in a row, and in which row of failures of all callers. */
export class FailingCallers {
  /** In the order of their last failures. */
  private readonly callers = new Map<string, FailingCaller>();
  private row = 0;
  private rowOfAll = -1;

  constructor(
    private policy: BreakerPolicy,
    private readonly nowMs: () => number,
  ) {}

  configure(policy: BreakerPolicy): void {
    this.policy = policy;
    for (const { breaker } of this.callers.values()) breaker.configure(policy);
  }

  /** The breaker of one caller; undefined for a caller who has not failed. */
  breakerOf(caller: string): CircuitBreaker | undefined {
    // The common case costs no look-up: no caller has failed.
    return this.callers.size === 0 ? undefined : this.callers.get(caller)?.breaker;
  }

  /** As `breakerOf`, for a caller who fails now. */
  failingBreakerOf(caller: string): CircuitBreaker {
    const failing = this.callers.get(caller) ?? {
      breaker: new CircuitBreaker(this.policy, { nowMs: this.nowMs }),
      row: -1,
    };
    // A Map keeps the order in which its keys were set.
    this.callers.delete(caller);
    this.callers.set(caller, failing);
    const [oldest] = this.callers.keys();
    if (this.callers.size > MAX_CALLERS && oldest !== undefined) this.callers.delete(oldest);
    return failing.breaker;
  }

  /** The caller, who is failing, has a part in the present row. */
  blame(caller: string): void {
    const failing = this.callers.get(caller);
    if (failing !== undefined) failing.row = this.row;
  }

  /** Everybody has a part in it. */
  blameAll(): void {
    this.rowOfAll = this.row;
  }

  isBlamed(caller: string): boolean {
    return this.rowOfAll === this.row || this.callers.get(caller)?.row === this.row;
  }

  /** A success has ended the present row. */
  endRow(): void {
    this.row += 1;
  }

  /** The caller has succeeded; one whose own breaker is open has to wait all the same. */
  succeeded(caller: string): void {
    if (this.breakerOf(caller)?.state === 'closed') this.callers.delete(caller);
  }

  pingSucceeded(): void {
    for (const { breaker } of this.callers.values()) breaker.pingSucceeded();
  }
}
