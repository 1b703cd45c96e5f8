import { ApiError } from '@mana-llm/openai-api';

/** Why a candidate is not asked at all. */
export type UnavailableReason = 'breaker_open' | 'rate_limit' | 'queue_full' | 'queue_timeout';

/** What an open breaker leaves alone. */
export type BreakerScope = 'model' | 'provider';

const FAILED_TOO_OFTEN: Readonly<Record<BreakerScope, (model: string) => string>> = {
  model: (model) => `The model \`${model}\` has failed several times in a row and is not asked for a while.`,
  provider: (model) => `The provider of \`${model}\` has failed several times in a row and is not asked for a while.`,
};

const MESSAGES: Readonly<Record<Exclude<UnavailableReason, 'breaker_open'>, (model: string) => string>> = {
  rate_limit: (model) => `The provider of \`${model}\` has asked for time until the next request.`,
  queue_full: (model) => `Too many requests wait for \`${model}\`.`,
  queue_timeout: (model) => `No place for \`${model}\` is free within the time that this request has.`,
};

/** A candidate that the gateway itself holds back: another one may answer. */
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
