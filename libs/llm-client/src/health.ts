/** What is known of one provider. `latency_ms` is null until it has answered. */
export interface LlmProviderHealth {
  status: 'healthy' | 'unhealthy' | 'absent' | 'unknown';
  latency_ms: number | null;
  error?: string;
  [field: string]: unknown;
}

/** The answer of `GET /health`: `degraded` while something works, `unhealthy` when nothing does. */
export interface LlmHealth {
  status: 'healthy' | 'degraded' | 'unhealthy';
  service: string;
  version: string;
  providers: Record<string, LlmProviderHealth>;
  [field: string]: unknown;
}
