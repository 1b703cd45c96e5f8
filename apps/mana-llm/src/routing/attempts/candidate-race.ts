import { type Candidate, isUnconfigured, type UnconfiguredCandidate } from '../candidates.js';
import { type FailedCandidate, failedCandidate, unconfiguredFailure } from './route-failure.js';

export interface FallbackOptions {
  signal: AbortSignal;
  /** Epoch ms after which the caller does not wait any more: no further candidate is asked then. */
  deadlineAtMs?: number;
  /** How long a candidate is waited for before the next one is started beside it; 0: until it fails. */
  hedgeAfterMs?: (candidate: Candidate) => number;
  /** Called with a candidate that is started beside one that is slow. */
  onHedge?: (candidate: Candidate) => void;
  /** Called for each candidate that failed, with the one that is tried next, or is being tried. */
  onFallback?: (failed: FailedCandidate, next: Candidate | UnconfiguredCandidate | undefined) => void;
}

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

/** The candidates of one request: those that failed, those that run, those that are left. */
export class CandidateRace<T> {
  readonly failures: FailedCandidate[] = [];
  private readonly running: CandidateRun<T>[] = [];
  private position = 0;

  constructor(
    private readonly candidates: readonly (Candidate | UnconfiguredCandidate)[],
    private readonly attempt: Attempt<T>,
    private readonly options: FallbackOptions,
  ) {}

  get isRunning(): boolean {
    return this.running.length > 0;
  }

  /** Starts the next candidate that can be tried; false where there is none. */
  startNext(): boolean {
    for (;;) {
      const candidate = this.candidates[this.position];
      if (candidate === undefined) return false;
      this.position += 1;
      if (!isUnconfigured(candidate)) return this.start(candidate);
      this.fail(unconfiguredFailure(candidate));
    }
  }

  /** The next run that has ended, which runs no more; undefined: it is time to start another one beside it. */
  async settled(): Promise<Settled<T> | undefined> {
    const [first] = this.running;
    if (first === undefined) return undefined;
    const hedgeMs = this.hedgeAfterMs(first);
    const ends = this.running.map(({ settled }) => settled);
    const settled = await (hedgeMs === 0 && ends.length === 1 ? first.settled : untilFirst(ends, hedgeMs));
    if (settled !== undefined) this.running.splice(this.running.indexOf(settled.run), 1);
    return settled;
  }

  /** `next`: the candidate that has answered in its place, if one has. */
  failed({ candidate, startedAtMs }: CandidateRun<T>, error: unknown, next?: Candidate): void {
    this.fail(failedCandidate(candidate, error, startedAtMs), next);
  }

  cancel(): void {
    for (const run of this.running) run.cancel();
  }

  private start(candidate: Candidate): true {
    const { signal } = this.options;
    const isLast = this.hasNoMore;
    const canHedge = !isLast && (this.options.hedgeAfterMs?.(candidate) ?? 0) > 0;
    if (this.isRunning) this.options.onHedge?.(candidate);
    const isCancellable = this.isRunning || canHedge;
    this.running.push(new CandidateRun(candidate, { attempt: this.attempt, signal, isLast, isCancellable }));
    return true;
  }

  /** Two run at once, not more. */
  private hedgeAfterMs({ candidate, startedAtMs }: CandidateRun<T>): number {
    if (this.running.length > 1 || this.hasNoMore || this.options.signal.aborted) return 0;
    const afterMs = this.options.hedgeAfterMs?.(candidate) ?? 0;
    return afterMs === 0 ? 0 : Math.max(1, afterMs - (performance.now() - startedAtMs));
  }

  private get hasNoMore(): boolean {
    return this.candidates.slice(this.position).every(isUnconfigured);
  }

  private fail(failed: FailedCandidate, next = this.running.at(-1)?.candidate ?? this.candidates[this.position]): void {
    this.failures.push(failed);
    if (this.candidates.length > 1) this.options.onFallback?.(failed, next);
  }
}

/** The first of several to end; undefined where that takes longer than `limitMs`, if there is such a limit. */
async function untilFirst<T>(ends: readonly Promise<T>[], limitMs: number): Promise<T | undefined> {
  if (limitMs === 0) return Promise.race(ends);
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([elapsed, ...ends]);
  } finally {
    clearTimeout(timer);
  }
}
