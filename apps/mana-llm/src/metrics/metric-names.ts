export interface MetricDescription {
  name: string;
  help: string;
  labels: readonly string[];
}

export interface HistogramDescription extends MetricDescription {
  /** Upper bounds in seconds. */
  buckets: readonly number[];
}

const REQUEST_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120] as const;
const MODEL_SECONDS = [0.5, 1, 2, 5, 10, 30, 60, 120] as const;
const FIRST_TOKEN_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120] as const;
const OUTPUT_TOKEN_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2] as const;
const QUEUE_SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120] as const;
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5] as const;

/** Dashboards and alerts read these names and labels: a change here breaks them. */
export const COUNTERS = {
  requests: {
    name: 'mana_llm_requests_total',
    help: 'HTTP requests by method, route pattern and status.',
    labels: ['method', 'endpoint', 'status'],
  },
  modelRequests: {
    name: 'mana_llm_llm_requests_total',
    help: 'Attempts at a model, failed ones included; model is the name that the provider has for it.',
    labels: ['provider', 'model', 'streaming'],
  },
  modelErrors: {
    name: 'mana_llm_llm_errors_total',
    help: 'Failed attempts at a model by kind of error, also those after which another attempt succeeded.',
    labels: ['provider', 'model', 'error_type'],
  },
  tokens: {
    name: 'mana_llm_tokens_total',
    help: 'Tokens as the providers count them, once for each upstream call; type is prompt or completion.',
    labels: ['provider', 'model', 'type'],
  },
  tokensSaved: {
    name: 'mana_llm_tokens_saved_total',
    help: 'Tokens of answers that came from the cache or were shared with an equal request; type is prompt or completion.',
    labels: ['provider', 'model', 'type'],
  },
  aliasResolved: {
    name: 'mana_llm_alias_resolved_total',
    help: 'Aliases resolved to the model that answered.',
    labels: ['alias', 'target'],
  },
  fallback: {
    name: 'mana_llm_fallback_total',
    help: 'Steps from a failed candidate to the next one; to_model is empty at the end of a chain.',
    labels: ['from_model', 'to_model', 'reason'],
  },
  streams: {
    name: 'mana_llm_streams_total',
    help: 'Streams by how they ended.',
    labels: ['end'],
  },
  retries: {
    name: 'mana_llm_retries_total',
    help: 'Requests that were sent to the same candidate once more, by what went wrong before.',
    labels: ['provider', 'reason'],
  },
  hedges: {
    name: 'mana_llm_hedges_total',
    help: 'Requests with a second candidate started beside a slow one: won where it answered, lost where it did not.',
    labels: ['outcome'],
  },
  cacheRequests: {
    name: 'mana_llm_cache_requests_total',
    help: 'Requests by what the cache did for them: hit, miss, coalesced with an equal one, bypass.',
    labels: ['kind', 'result'],
  },
  cacheLookups: {
    name: 'mana_llm_cache_lookups_total',
    help: 'Lookups in a layer of the cache: hit, miss, error, or skipped while Redis is unavailable.',
    labels: ['layer', 'outcome'],
  },
  cacheWrites: {
    name: 'mana_llm_cache_writes_total',
    help: 'Writes to a layer of the cache: stored, error, dropped while too many wait, too_large.',
    labels: ['layer', 'outcome'],
  },
} as const satisfies Record<string, MetricDescription>;

export const GAUGES = {
  providerHealthy: {
    name: 'mana_llm_provider_healthy',
    help: '1 while the provider answers, 0 while it does not; no value until it was asked once.',
    labels: ['provider'],
  },
  requestsInFlight: {
    name: 'mana_llm_requests_in_flight',
    help: 'HTTP requests that are being answered.',
    labels: [],
  },
  breakerState: {
    name: 'mana_llm_breaker_state',
    help: 'Circuit breaker of an endpoint and of all its models in use: 0 closed, 1 half-open, 2 open.',
    labels: ['provider', 'host'],
  },
  queueDepth: {
    name: 'mana_llm_queue_depth',
    help: 'Requests that wait for a place at an endpoint.',
    labels: ['provider', 'host'],
  },
  cacheEntries: {
    name: 'mana_llm_cache_entries',
    help: 'Entries in a layer of the cache.',
    labels: ['layer'],
  },
  cacheBytes: {
    name: 'mana_llm_cache_bytes',
    help: 'Bytes in a layer of the cache.',
    labels: ['layer'],
  },
} as const satisfies Record<string, MetricDescription>;

export const HISTOGRAMS = {
  requestLatency: {
    name: 'mana_llm_request_latency_seconds',
    help: 'From the request to the end of its answer, streams included.',
    labels: ['method', 'endpoint'],
    buckets: REQUEST_SECONDS,
  },
  modelLatency: {
    name: 'mana_llm_llm_latency_seconds',
    help: 'From the call of a model to the end of its answer, streams included.',
    labels: ['provider', 'model'],
    buckets: MODEL_SECONDS,
  },
  timeToFirstToken: {
    name: 'mana_llm_time_to_first_token_seconds',
    help: 'From the call of a model to its first content in a stream.',
    labels: ['provider', 'model'],
    buckets: FIRST_TOKEN_SECONDS,
  },
  timePerOutputToken: {
    name: 'mana_llm_time_per_output_token_seconds',
    help: 'Mean time between two tokens of a stream, after the first one.',
    labels: ['provider', 'model'],
    buckets: OUTPUT_TOKEN_SECONDS,
  },
  gatewayOverhead: {
    name: 'mana_llm_gateway_overhead_seconds',
    help: 'Time of a request that was not spent waiting for a provider.',
    labels: ['endpoint'],
    buckets: OVERHEAD_SECONDS,
  },
  queueWait: {
    name: 'mana_llm_queue_wait_seconds',
    help: 'Time that a request has waited for a place at an endpoint; requests that did not have to wait are included.',
    labels: ['provider'],
    buckets: QUEUE_SECONDS,
  },
  cacheWait: {
    name: 'mana_llm_cache_wait_seconds',
    help: 'Time that a lookup has waited for Redis.',
    labels: [],
    buckets: OVERHEAD_SECONDS,
  },
} as const satisfies Record<string, HistogramDescription>;

/**
 * The ways in which a stream can end; only the first one sends `[DONE]`. `gateway_error`: our own code failed, whatever the
 * provider did.
 */
export const STREAM_ENDS = [
  'complete',
  'upstream_error',
  'timeout',
  'client_closed',
  'drained',
  'gateway_error',
] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];
