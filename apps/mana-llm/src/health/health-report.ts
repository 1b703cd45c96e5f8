import type { ProviderStates } from './provider-health.js';
import type { ProviderState } from './provider-state.js';

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
}

export interface ProviderHealthEntry {
  status: ProviderState['status'];
  consecutive_failures: number;
  last_error: string | null;
  last_check_unix: number | null;
  unhealthy_until_unix: number | null;
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

export function toHealthReport(states: ProviderStates, version: string): HealthReport {
  const providers = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, toSummary(state)]));
  return { status: overallStatus(states), service: 'mana-llm', version, providers };
}

const toUnixSeconds = (epochMs: number | null): number | null => (epochMs === null ? null : Math.floor(epochMs / 1000));

export function toProviderHealthEntry(state: ProviderState): ProviderHealthEntry {
  return {
    status: state.status,
    consecutive_failures: state.consecutiveFailures,
    last_error: state.lastError,
    last_check_unix: toUnixSeconds(state.lastCheckAtMs),
    unhealthy_until_unix: toUnixSeconds(state.unhealthyUntilMs),
  };
}
