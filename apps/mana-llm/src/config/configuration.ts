import type { ProviderSettings } from '@mana-llm/llm-providers';
import type { LogLevel, OpenRoute } from './environment.js';

export interface GatewayConfig {
  /** 0: the system chooses a free one. */
  port: number;
  host: string;
  logLevel: LogLevel;
  /** Undefined: localhost on any port. With `*`: any origin. */
  corsOrigins: string[] | undefined;
  /** Empty: callers need no key. */
  apiKeys: string[];
  /** Keys that are set though none is asked for (`GPU_REQUIRE_AUTH=false`). They are still secrets. */
  unusedKeys: string[];
  /** Whether a key may also come as `?api_key=`. */
  isKeyInQuery: boolean;
  /** Routes outside `/v1` that need a key while `apiKeys` has one. */
  protectedRoutes: OpenRoute[];
  /** More host names that are served while callers need no key. With `*`: any name. */
  allowedHosts: string[];
  /** Which `x-forwarded-*` headers count: none, those of this number of proxies, or those of proxies with these addresses. */
  trustProxy: false | number | string[];
  bodyLimitBytes: number;
  /** For the bodies of all running requests together. */
  bodiesInFlightBytes: number;
  /** How deep the JSON of a request may nest. */
  jsonDepth: number;
  /** How many values the JSON of a request may hold. */
  jsonValues: number;
  /** 0: no heartbeats are sent. */
  heartbeatMs: number;
  stalledClientMs: number;
  /** How long responses are kept for the Responses API; 0: not at all. */
  responsesTtlSeconds: number;
  /** How large one of them may be, and in memory all of them. */
  responsesMaxBytes: number;
  drainGraceMs: number;
  drainTimeoutMs: number;
}

/** A known provider that is not in use. */
export interface UnconfiguredProvider {
  name: string;
  /** The environment variable that enables it. */
  keyVariable: string;
}

export interface ProvidersConfig {
  /** One for each endpoint. Those of one provider stand together and differ in `baseUrl` only. */
  settings: ProviderSettings[];
  unconfigured: UnconfiguredProvider[];
}

export interface ChainEntry {
  /** `provider/model`, an Ollama model without a provider, or another alias. */
  model: string;
  /** One of several neighbours with a weight comes first, at random in proportion to the weights. */
  weight?: number;
}

export interface Alias {
  name: string;
  description: string;
  /** First choice first. */
  chain: ChainEntry[];
}

/** How often one provider is tried, and how many requests it gets at once. */
export interface ProviderPolicy {
  provider: string;
  retries: number;
  retryBudgetMs: number;
  /** 0: never. */
  hedgeAfterMs: number;
  breaker: { failures: number; openMs: number };
  /** Requests that run at once on each endpoint. 0: no limit. */
  concurrent: number;
  /** Requests that wait for each endpoint. */
  queued: number;
  /** From a request to the end of its answer. */
  totalMs: number;
  /** In use by default only, beside other providers. No setting says where it is, so it may be absent without a fault. */
  isImplicit?: boolean;
}

export interface RoutingConfig {
  aliases: Alias[];
  /** The model or alias for a request without a model. */
  defaultModel: string;
  /** `DEFAULT_MODEL` or the file's `default` sets `defaultModel`. */
  isDefaultNamed: boolean;
  /** One for each provider, whatever its number of endpoints. */
  policies: ProviderPolicy[];
}

export interface CacheConfig {
  redisUrl?: string;
  /** 0: nothing is cached. */
  ttlSeconds: number;
  maxWaitMs: number;
  memoryMb: number;
}

/** Everything that can be set, checked and with defaults filled in. */
export interface Configuration {
  gateway: GatewayConfig;
  providers: ProvidersConfig;
  routing: RoutingConfig;
  cache: CacheConfig;
  /** The keys at the top of the file that have something under them. */
  fileKeys: string[];
  /** Settings that are allowed but may be unintended: one line of the log each. */
  warnings: string[];
}
