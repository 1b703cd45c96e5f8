import { UpstreamError } from '@mana-llm/llm-providers';
import type { Observable } from 'rxjs';
import type { AdmissionPlace } from '../admission/admission-queue.js';
import type { HostPass } from './host-breaker.js';
import type { Host, HostRequest } from './host.js';
import { hostVerdict, type HostVerdict } from '../attempts/host-verdict.js';
import { tapGuarded } from '../attempts/tap-guarded.js';

/** Who was told to come back tomorrow asks once in a while all the same: an account may have been mended. */
const MAX_PARK_MS = 600_000;

/**
 * One request at a server, from its place to its end. The place is given back and the breaker told exactly once, when the request
 * ends in whatever way; one that is aborted says nothing of the server. Whoever asks the server tells how it ended, an abort too.
 */
export class HostVisit {
  private isOver = false;
  private isFollowed = false;
  private readonly pass: HostPass;

  constructor(
    readonly host: Host,
    private readonly request: HostRequest,
    private readonly place: AdmissionPlace,
  ) {
    this.pass = host.breaker.enter(request.model, request.caller);
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
      if (!(error instanceof UpstreamError)) return this.pass.released();
      // A 429 that names no time says nothing of the next request.
      if (error.status === 429 && error.retryAfterMs !== undefined) {
        this.host.parked.park(this.request.model, Math.min(error.retryAfterMs, MAX_PARK_MS));
      }
      this.tell(hostVerdict(error), error);
    });
  }

  /** A stream has begun. Its end is awaited for a verdict, but not by those who wait for a server to come back. */
  follow<T>(stream$: Observable<T>): Observable<T> {
    this.pass.begun();
    // Heard even while nobody reads: a stream that was opened and lost a race is never subscribed.
    this.request.signal.addEventListener('abort', this.left, { once: true });
    this.isFollowed = true;
    if (this.request.signal.aborted) this.left();
    return stream$.pipe(
      tapGuarded({
        error: (error) => this.failed(error),
        complete: () => this.succeeded(),
        finalize: this.left,
      }),
    );
  }

  private tell(verdict: HostVerdict, { kind, message }: UpstreamError): void {
    const { host, pass } = this;
    switch (verdict) {
      case 'answers':
        pass.refused();
        return host.answered();
      case 'unreachable':
        pass.unreachable();
        return host.broke(message);
      case 'cut':
        return pass.cut() ? host.broke(message) : host.cut();
      case 'model_failed':
        return pass.modelFailed({ hasAnswered: kind !== 'timeout' }) ? host.broke(message) : host.failed();
      case 'unknown':
        return pass.released();
      default: {
        const unknown: never = verdict;
        throw new TypeError(`unknown verdict: ${String(unknown)}`);
      }
    }
  }

  private readonly left = (): void => this.end(() => this.pass.released());

  private end(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    const { signal } = this.request;
    if (this.isFollowed) signal.removeEventListener('abort', this.left);
    try {
      if (signal.aborted) this.pass.released();
      else tell();
    } finally {
      this.place.leave();
    }
  }
}
