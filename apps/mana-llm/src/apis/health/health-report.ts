import type { RedisStatus } from '../../redis/redis-connection.js';
import type { ProviderStates } from '../../routing/endpoints/provider-health.js';
import type { ProviderState } from '../../routing/endpoints/endpoint-health.js';

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
