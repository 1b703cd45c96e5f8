export type ProviderStatus = 'healthy' | 'unhealthy' | 'unknown';

export interface ProviderState {
  /** `unknown` until it was asked for the first time. */
  status: ProviderStatus;
  /** Of the last check; null while there was none that succeeded. */
  latencyMs: number | null;
  consecutiveFailures: number;
  lastError: string | null;
  lastCheckAtMs: number | null;
  /** When an unhealthy provider is asked again at the earliest. */
  unhealthyUntilMs: number | null;
}

export const UNKNOWN_STATE: Readonly<ProviderState> = {
  status: 'unknown',
  latencyMs: null,
  consecutiveFailures: 0,
  lastError: null,
  lastCheckAtMs: null,
  unhealthyUntilMs: null,
};
