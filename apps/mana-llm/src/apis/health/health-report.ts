import type { BreakerState } from '../../routing/endpoints/circuit-breaker.js';
import type { Endpoint } from '../../routing/endpoints/endpoint.js';
import type { ProviderPool } from '../../routing/endpoints/provider-pool.js';
import type { ProviderState, ProviderStatus } from '../../routing/endpoints/endpoint-health.js';
import type { ConfigurationStatus } from '../../config/configuration-source.js';
import type { RedisStatus } from '../../redis/redis-connection.js';
import type { ProviderStates } from '../../routing/endpoints/provider-health.js';

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

/** One provider in `GET /v1/health`: what the gateway's callers have always read, and its endpoints. */
export interface ProviderHealthEntry {
  status: ProviderState['status'];
  consecutive_failures: number;
  last_error: string | null;
  last_check_unix: number | null;
  unhealthy_until_unix: number | null;
  in_flight: number;
  queued: number;
  hosts: Record<string, EndpointReport>;
}

/** Whether the newest configuration is in use. */
export interface ConfigurationReport {
  loaded_unix: number | null;
  /** What is wrong with a newer one: the keys, and not what was found there, which may be an address. */
  error: string | null;
  failed_unix: number | null;
}

export interface ProviderHealthReport {
  /** That of `GET /health`. */
  status: OverallStatus;
  providers: Record<string, ProviderHealthEntry>;
  configuration: ConfigurationReport;
}

export function toProviderHealthEntry(pool: ProviderPool, state: Readonly<ProviderState>): ProviderHealthEntry {
  return {
    status: state.status,
    consecutive_failures: state.consecutiveFailures,
    last_error: state.lastError,
    last_check_unix: toUnixSeconds(state.lastCheckAtMs),
    unhealthy_until_unix: toUnixSeconds(state.unhealthyUntilMs),
    ...toLoadReport(pool),
    hosts: Object.fromEntries(pool.endpoints.map((endpoint) => [endpoint.id, toEndpointReport(endpoint)])),
  };
}

export function toConfigurationReport(status: ConfigurationStatus): ConfigurationReport {
  const { loadedAtMs, error, mistaken, failedAtMs } = status;
  const places = mistaken.length === 0 ? 'The newest file cannot be used' : `Mistakes at ${mistaken.join('; ')}`;
  return {
    loaded_unix: toUnixSeconds(loadedAtMs),
    error: error === null ? null : `${places}: the log tells what was found, and what is allowed.`,
    failed_unix: toUnixSeconds(failedAtMs),
  };
}

export type OverallStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface ProviderSummary {
  status: ProviderState['status'];
  latency_ms: number | null;
  error?: string;
}

/** The shape that the gateway's callers and probes read. */
export interface HealthReport {
  status: OverallStatus;
  service: 'mana-llm';
  version: string;
  providers: Record<string, ProviderSummary>;
  /** The shared cache; `absent` where none is configured. */
  redis: RedisStatus;
}

/** Degraded while something works, unhealthy when nothing does. */
export function overallStatus(states: ProviderStates): OverallStatus {
  const statuses = Object.values(states).map(({ status }) => status);
  if (!statuses.includes('healthy')) {
    return 'unhealthy';
  }
  return statuses.includes('unhealthy') ? 'degraded' : 'healthy';
}

function toSummary({ status, latencyMs, lastError }: ProviderState): ProviderSummary {
  return { status, latency_ms: latencyMs, ...(status === 'unhealthy' && lastError !== null && { error: lastError }) };
}

/** A cache that does not work slows the gateway down and fails nothing: the whole is degraded by it, never unhealthy. */
export function gatewayStatus(states: ProviderStates, redis: RedisStatus): OverallStatus {
  const status = overallStatus(states);
  return status === 'healthy' && redis.status === 'degraded' ? 'degraded' : status;
}

export function toHealthReport(states: ProviderStates, version: string, redis: RedisStatus): HealthReport {
  const providers = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, toSummary(state)]));
  return { status: gatewayStatus(states, redis), service: 'mana-llm', version, providers, redis };
}
