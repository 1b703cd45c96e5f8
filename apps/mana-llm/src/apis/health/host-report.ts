import type { BreakerState } from '../../routing/endpoints/circuit-breaker.js';
import type { Host } from '../../routing/endpoints/host.js';
import type { ProviderPool } from '../../routing/endpoints/provider-pool.js';
import { toUnixSeconds } from './to-unix-seconds.js';
import type { ProviderState, ProviderStatus } from '../../routing/endpoints/provider-state.js';

/** Enough to see what fails: a provider may have hundreds of models. */
const MAX_RESTING_MODELS = 20;

/** One server behind a provider, as operators see it. */
export interface HostReport {
  status: ProviderStatus;
  /** Of its circuit breaker. */
  breaker: BreakerState;
  consecutive_failures: number;
  last_error: string | null;
  /** While the breaker is open. */
  next_try_unix: number | null;
  /** Those that began to rest first, up to 20. */
  resting_models: { model: string; next_try_unix: number | null }[];
  in_flight: number;
  queued: number;
}

export function toHostReport({ breaker, queue }: Host, { status, lastError }: Readonly<ProviderState>): HostReport {
  return {
    status,
    breaker: breaker.state,
    consecutive_failures: breaker.consecutiveFailures,
    last_error: lastError,
    next_try_unix: toUnixSeconds(breaker.nextTryAtMs ?? null),
    resting_models: breaker.models
      .restingModels()
      .slice(0, MAX_RESTING_MODELS)
      .map(({ model, nextTryAtMs }) => ({ model, next_try_unix: toUnixSeconds(nextTryAtMs) })),
    in_flight: queue.running,
    queued: queue.waiting,
  };
}

/** What all servers of a provider do together. */
export function toLoadReport({ hosts }: ProviderPool): { in_flight: number; queued: number } {
  return {
    in_flight: hosts.reduce((sum, { queue }) => sum + queue.running, 0),
    queued: hosts.reduce((sum, { queue }) => sum + queue.waiting, 0),
  };
}
