import type { BreakerState } from '../../routing/endpoints/circuit-breaker.js';
import type { Endpoint } from '../../routing/endpoints/endpoint.js';
import type { ProviderPool } from '../../routing/endpoints/provider-pool.js';
import type { ProviderStatus } from '../../routing/endpoints/endpoint-health.js';

/** Whole seconds, as `/v1/health` has times. */
export const toUnixSeconds = (epochMs: number | null): number | null =>
  epochMs === null ? null : Math.floor(epochMs / 1000);

/** Enough to see what fails: a provider may have hundreds of models. */
const MAX_UNAVAILABLE_MODELS = 20;

/** One endpoint behind a provider, as operators see it. */
export interface EndpointReport {
  status: ProviderStatus;
  /** Of its circuit breaker. */
  breaker: BreakerState;
  /** Of the endpoint, as requests and pings saw them. */
  consecutive_failures: number;
  last_error: string | null;
  /** While the breaker is open. */
  next_try_unix: number | null;
  /** Up to 20 unavailable models, in the order in which they became so. */
  resting_models: { model: string; next_try_unix: number | null }[];
  in_flight: number;
  queued: number;
}

export function toEndpointReport({ breaker, health, queue }: Endpoint): EndpointReport {
  const { status, consecutiveFailures, lastError } = health.state;
  return {
    status,
    breaker: breaker.state,
    consecutive_failures: consecutiveFailures,
    last_error: lastError,
    next_try_unix: toUnixSeconds(breaker.nextTryAtMs ?? null),
    resting_models: breaker
      .unavailableModels()
      .slice(0, MAX_UNAVAILABLE_MODELS)
      .map(({ model, nextTryAtMs }) => ({ model, next_try_unix: toUnixSeconds(nextTryAtMs) })),
    in_flight: queue.running,
    queued: queue.waiting,
  };
}

/** What all endpoints of a provider do together. */
export function toLoadReport({ endpoints }: ProviderPool): { in_flight: number; queued: number } {
  return {
    in_flight: endpoints.reduce((sum, { queue }) => sum + queue.running, 0),
    queued: endpoints.reduce((sum, { queue }) => sum + queue.waiting, 0),
  };
}
