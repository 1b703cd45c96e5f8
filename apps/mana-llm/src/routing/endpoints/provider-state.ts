export type ProviderStatus = 'healthy' | 'unhealthy' | 'unknown' | 'absent';

export interface ProviderState {
  /** `unknown` until it was asked for the first time; `absent`: nobody has named it, and it has never answered. */
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
