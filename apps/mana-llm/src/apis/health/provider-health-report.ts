import type { ConfigurationStatus } from '../../config/configuration-source.js';
import type { ProviderPool } from '../../routing/endpoints/provider-pool.js';
import type { OverallStatus } from './health-report.js';
import { type EndpointReport, toEndpointReport, toLoadReport, toUnixSeconds } from './endpoint-report.js';
import type { ProviderState } from '../../routing/endpoints/endpoint-health.js';

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
