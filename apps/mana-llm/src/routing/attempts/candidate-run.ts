import type { Candidate } from '../candidate.js';

export interface AttemptOptions {
  /** Aborted when the caller leaves, and when another candidate was first. */
  signal: AbortSignal;
  /** No other candidate can be tried after this one. */
  isLast: boolean;
}

export type Attempt<T> = (candidate: Candidate, options: AttemptOptions) => Promise<T>;

export interface CandidateRunOptions<T> extends AttemptOptions {
  attempt: Attempt<T>;
  /** Another one may run beside it, and be first. */
  isCancellable: boolean;
}

export type Settled<T> = { run: CandidateRun<T> } & ({ value: T } | { error: unknown });

/** One candidate that is being tried. */
export class CandidateRun<T> {
  readonly startedAtMs = performance.now();
  /** Never rejects. */
  readonly settled: Promise<Settled<T>>;
  private readonly controller: AbortController | undefined;

  constructor(
    readonly candidate: Candidate,
    private readonly options: CandidateRunOptions<T>,
  ) {
    const { attempt, signal, isLast, isCancellable } = options;
    this.controller = isCancellable ? new AbortController() : undefined;
    if (signal.aborted) this.follow();
    else if (this.controller) signal.addEventListener('abort', this.follow, { once: true });
    this.settled = attempt(candidate, { signal: this.controller?.signal ?? signal, isLast }).then(
      (value) => ({ run: this, value }),
      (error: unknown) => {
        this.unfollow();
        return { run: this, error };
      },
    );
  }

  /** No other candidate could be tried after this one. */
  get isLast(): boolean {
    return this.options.isLast;
  }

  /** Stops the work for it, whether it has answered or not. */
  cancel(): void {
    this.unfollow();
    this.controller?.abort(new DOMException('another candidate was first', 'AbortError'));
  }

  private unfollow(): void {
    if (this.controller) this.options.signal.removeEventListener('abort', this.follow);
  }

  private readonly follow = (): void => this.controller?.abort(this.options.signal.reason);
}
