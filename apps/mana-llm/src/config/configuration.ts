import type { ProviderSettings } from '@mana-llm/llm-providers';
import type { OpenRoute } from './environment.js';
import type { LogLevel } from './log-levels.js';

export interface GatewayConfig {
  /** 0: the system chooses a free one. */
  port: number;
  host: string;
  logLevel: LogLevel;
  /** Undefined: localhost on any port; `*` in it: any origin. */
  corsOrigins: string[] | undefined;
  /** Empty: callers need no key. */
  apiKeys: string[];
  /** Keys that are set though none is asked for (`GPU_REQUIRE_AUTH=false`): secrets all the same. */
  unusedKeys: string[];
  /** Whether a key may also come as `?api_key=`. */
  isKeyInQuery: boolean;
  /** Routes beside `/v1` that ask for a key, where there are any. */
  protectedRoutes: OpenRoute[];
  /** Names that are served where callers need no key, beside those that are always. `*` in it: any name. */
  allowedHosts: string[];
  /** Whose `x-forwarded-*` headers count: nobody's, those of so many proxies, or of those with these addresses. */
  trustProxy: false | number | string[];
  bodyLimitBytes: number;
  /** Of the bodies of all running requests together. */
  bodiesInFlightBytes: number;
  /** How deep the JSON of a request may nest, and how many values it may hold. */
  jsonDepth: number;
  jsonValues: number;
  /** 0: none are sent. */
  heartbeatMs: number;
  stalledClientMs: number;
  drainGraceMs: number;
  drainTimeoutMs: number;
}

/** A provider that is known and not in use. */
export interface UnconfiguredProvider {
  name: string;
  /** The environment variable that puts it to use. */
  keyVariable: string;
}

export interface ProvidersConfig {
  /** One for each host: those of one provider stand together and differ in `baseUrl` alone. */
  settings: ProviderSettings[];
  unconfigured: UnconfiguredProvider[];
}

export interface ChainEntry {
  /** `provider/model`, an Ollama model without a provider, or another alias. */
  model: string;
  /** Neighbours with a weight are chosen among at random, in these proportions. */
  weight?: number;
}

export interface Alias {
  name: string;
  description: string;
  /** First choice first. */
  chain: ChainEntry[];
}

/** How hard one provider is tried, and how much it is given at once. */
export interface ProviderPolicy {
  provider: string;
  retries: number;
  retryBudgetMs: number;
  /** 0: never. */
  hedgeAfterMs: number;
  breaker: { failures: number; openMs: number };
  /** Requests running at once for each host; 0: no limit. */
  concurrent: number;
  /** Requests waiting for each host. */
  queued: number;
  /** From a request to the end of its answer. */
  totalMs: number;
  /** In use by default alone, beside others: nobody has said where it is, and a missing one is no fault. */
  isImplicit?: boolean;
}

export interface RoutingConfig {
  aliases: Alias[];
  /** What a request without a model gets: a model or an alias. */
  defaultModel: string;
  /** `DEFAULT_MODEL` or the file's `default` names it. */
  isDefaultNamed: boolean;
  /** One for each provider, however many hosts it has. */
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
  /** What is allowed and still worth a line in the log at start. */
  warnings: string[];
}
