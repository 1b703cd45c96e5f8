import { ApiError } from '@mana-llm/openai-api';

/** Why a candidate is not asked at all. */
export type UnavailableReason = 'breaker_open' | 'rate_limit' | 'queue_full' | 'queue_timeout';

/** Whether an open breaker refuses one model or the whole provider. */
export type BreakerScope = 'model' | 'provider';

const FAILED_TOO_OFTEN: Readonly<Record<BreakerScope, (model: string) => string>> = {
  model: (model) => `The model \`${model}\` has failed several times in a row. It gets no requests for a while.`,
  provider: (model) =>
    `The provider of \`${model}\` has failed several times in a row. It gets no requests for a while.`,
};

const MESSAGES: Readonly<Record<Exclude<UnavailableReason, 'breaker_open'>, (model: string) => string>> = {
  rate_limit: (model) => `\`${model}\` has reached a rate limit of its provider. It gets no requests for a while.`,
  queue_full: (model) => `Too many requests are waiting for \`${model}\`.`,
  queue_timeout: (model) => `\`${model}\` has no free place within the time limit of this request.`,
};

/** The gateway itself does not ask this candidate now. Another candidate may answer. */
export class CandidateUnavailableError extends ApiError {
  constructor(
    model: string,
    readonly reason: UnavailableReason,
    retryAfterMs: number,
    scope: BreakerScope = 'provider',
  ) {
    const isDown = reason === 'breaker_open';
    const message = isDown ? FAILED_TOO_OFTEN[scope](model) : MESSAGES[reason](model);
    super(isDown ? 503 : 429, `${message} Send the request again later.`, {
      type: isDown ? 'upstream_error' : 'rate_limit_error',
      code: reason === 'rate_limit' ? 'rate_limit_exceeded' : reason,
      retryAfterMs,
    });
  }
}

const MAX_MODELS = 1000;

/** The models that an endpoint must not be asked for until a time, as its 429 says. Reads cost no waiting. */
export interface ParkedModels {
  /** A shorter time never shortens the one that runs. */
  park(model: string, forMs: number): void;
  /** Milliseconds left, 0 when it is not parked. */
  parkedForMs(model: string): number;
}

export class MemoryParkedModels implements ParkedModels {
  private readonly endsAtMs = new Map<string, number>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  park(model: string, forMs: number): void {
    const nowMs = this.nowMs();
    this.endsAtMs.set(model, Math.max(this.endsAtMs.get(model) ?? 0, nowMs + forMs));
    // Names come from clients: without a bound they fill the memory.
    if (this.endsAtMs.size > MAX_MODELS) this.makeRoom(nowMs);
  }

  parkedForMs(model: string): number {
    const endsAtMs = this.endsAtMs.get(model);
    return endsAtMs === undefined ? 0 : Math.max(0, endsAtMs - this.nowMs());
  }

  /** Drops what is over; where nothing is, the one that ends soonest. */
  private makeRoom(nowMs: number): void {
    let soonest: [model: string, endsAtMs: number] = ['', Infinity];
    for (const [model, endsAtMs] of this.endsAtMs) {
      if (endsAtMs <= nowMs) this.endsAtMs.delete(model);
      else if (endsAtMs < soonest[1]) soonest = [model, endsAtMs];
    }
    if (this.endsAtMs.size > MAX_MODELS) this.endsAtMs.delete(soonest[0]);
  }
}
