/** One endpoint of a provider in `GET /v1/health`. */
export interface EndpointReport {
  status: string;
  breaker: string;
  consecutive_failures: number;
  last_error: string | null;
  next_try_unix: number | null;
  resting_models: { model: string; next_try_unix: number }[];
  in_flight: number;
  queued: number;
}

export interface ProviderReport {
  status: string;
  consecutive_failures: number;
  last_error: string | null;
  in_flight: number;
  queued: number;
  hosts: Record<string, EndpointReport>;
}

/** Whether the newest configuration is in use, in `GET /v1/health`. */
export interface ConfigurationReport {
  loaded_unix: number;
  error: string | null;
  failed_unix: number | null;
}

export async function readProviderReport(response: Response, provider: string): Promise<ProviderReport> {
  const { providers } = (await response.json()) as { providers: Record<string, ProviderReport> };
  const report = providers[provider];
  if (!report) throw new Error(`GET /v1/health tells nothing of ${provider}`);
  return report;
}
