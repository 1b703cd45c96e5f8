import { UpstreamError } from '@mana-llm/llm-providers';
import { finalize, type Observable, tap } from 'rxjs';
import type { AdmissionPlace } from './admission-queue.js';
import type { BreakerPass } from './circuit-breaker.js';
import type { Host } from './host.js';
import { hostVerdict } from './host-verdict.js';

/** Who was told to come back tomorrow asks once in a while all the same: an account may have been mended. */
const MAX_PARK_MS = 600_000;

/**
 * One request at a server, from its place to its end. The place is given back and the breaker told exactly once, when the request
 * ends in whatever way; one that is aborted says nothing of the server.
 */
export class HostVisit {
  private isOver = false;

  constructor(
    readonly host: Host,
    private readonly model: string,
    private readonly pass: BreakerPass,
    private readonly place: AdmissionPlace,
    private readonly signal: AbortSignal,
  ) {
    // Heard even while nobody reads: a stream that was opened and lost a race is never subscribed.
    signal.addEventListener('abort', this.left, { once: true });
  }

  get waitedMs(): number {
    return this.place.waitedMs;
  }

  succeeded(): void {
    this.end(() => {
      this.pass.succeeded();
      this.host.answered();
    });
  }

  failed(error: unknown): void {
    this.end(() => {
      const verdict = hostVerdict(error);
      // A 429 that names no time says nothing of the next request.
      if (error instanceof UpstreamError && error.status === 429 && error.retryAfterMs !== undefined) {
        this.host.parked.park(this.model, Math.min(error.retryAfterMs, MAX_PARK_MS));
      }
      if (verdict === 'broken') {
        this.pass.failed();
        this.host.broke((error as UpstreamError).message);
      } else if (verdict === 'answers') {
        this.pass.succeeded();
        this.host.answered();
      } else {
        this.pass.released();
      }
    });
  }

  /** A stream has begun. Its end is awaited for a verdict, but not by those who wait for a server to come back. */
  follow<T>(stream$: Observable<T>): Observable<T> {
    if (this.host.breaker.state !== 'closed') this.pass.succeeded();
    return stream$.pipe(
      tap({
        error: (error: unknown) => {
          if (!this.signal.aborted) this.failed(error);
        },
        complete: () => this.succeeded(),
      }),
      finalize(this.left),
    );
  }

  private readonly left = (): void => this.end(() => this.pass.released());

  private end(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    this.signal.removeEventListener('abort', this.left);
    tell();
    this.place.leave();
  }
}
