import { type LlmProvider, UpstreamError, tapGuarded } from '@mana-llm/llm-providers';
import type { Observable } from 'rxjs';
import type { AdmissionPlace, AdmissionRequest } from '../admission/admission-queue.js';
import type { EndpointBreaker, EndpointPass } from './endpoint-breaker.js';
import type { EndpointHealth } from './endpoint-health.js';
import type { ParkedModels } from './unavailability.js';
import { type EndpointVerdict, failureOf } from '../attempts/failures.js';

/** Where a 429 names a day, the model is asked earlier all the same: the account may have been mended. */
const MAX_PARK_MS = 600_000;

export interface EndpointRequest extends AdmissionRequest {
  /** The provider's own name for the model. */
  model: string;
}

/** What an attempt needs of its endpoint. */
export interface AttemptEndpoint {
  readonly provider: LlmProvider;
  readonly breaker: EndpointBreaker;
  readonly health: EndpointHealth;
  readonly parked: ParkedModels;
}

/**
 * One request at an endpoint, from its place to its end. It gives its place back and reports to the breaker exactly once, when the
 * request ends in whatever way; one that is aborted says nothing of the endpoint. The sender reports how it ended, an abort too.
 */
export class EndpointAttempt {
  private isOver = false;
  private isFollowed = false;
  private readonly pass: EndpointPass;

  constructor(
    readonly endpoint: AttemptEndpoint,
    private readonly request: EndpointRequest,
    private readonly place: AdmissionPlace,
  ) {
    this.pass = endpoint.breaker.enter(request.model, request.caller);
  }

  get waitedMs(): number {
    return this.place.waitedMs;
  }

  succeeded(): void {
    this.end(() => {
      this.pass.succeeded();
      this.endpoint.health.answered();
    });
  }

  failed(error: unknown): void {
    this.end(() => {
      if (!(error instanceof UpstreamError)) return this.pass.released();
      const { reason, verdict } = failureOf(error);
      // A 429 that names no time says nothing of the next request.
      if (reason === 'rate_limit' && error.retryAfterMs !== undefined) {
        this.endpoint.parked.park(this.request.model, Math.min(error.retryAfterMs, MAX_PARK_MS));
      }
      this.report(verdict, error);
    });
  }

  /** A stream has begun. Its end gives the verdict; requests that wait for the endpoint to come back do not wait for that end. */
  follow<T>(stream$: Observable<T>): Observable<T> {
    this.pass.begun();
    // Heard even without a subscriber: a stream that was opened and lost a race never has one.
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

  private report(verdict: EndpointVerdict, { kind, message }: UpstreamError): void {
    const { endpoint, pass } = this;
    switch (verdict) {
      case 'answers':
        pass.refused();
        return endpoint.health.answered();
      case 'unreachable':
        pass.unreachable();
        return endpoint.health.broke(message);
      case 'cut':
        return pass.cut() ? endpoint.health.broke(message) : endpoint.health.cut();
      case 'model_failed':
        return pass.modelFailed({ hasAnswered: kind !== 'timeout' })
          ? endpoint.health.broke(message)
          : endpoint.health.used();
      case 'unknown':
        return pass.released();
      default: {
        const unknown: never = verdict;
        throw new TypeError(`unknown verdict: ${String(unknown)}`);
      }
    }
  }

  private readonly left = (): void => this.end(() => this.pass.released());

  private end(report: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    const { signal } = this.request;
    if (this.isFollowed) signal.removeEventListener('abort', this.left);
    try {
      if (signal.aborted) this.pass.released();
      else report();
    } finally {
      this.place.leave();
    }
  }
}
