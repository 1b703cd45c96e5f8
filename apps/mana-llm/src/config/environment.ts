import { KNOWN_PROVIDERS } from '@mana-llm/llm-providers';
import { IsOptional } from 'class-validator';
import { baseUrlVariable } from './base-url-variable.js';
import { LOG_LEVELS, type LogLevel } from './log-levels.js';
import { ReadAs } from './rules/read-as.js';
import { IsAllowedHosts } from './rules/is-allowed-hosts.js';
import { IsHosts } from './rules/is-hosts.js';
import { IsHttpUrl } from './rules/is-http-url.js';
import { IsKey } from './rules/is-key.js';
import { IsKeyList } from './rules/is-key-list.js';
import { IsNumberFrom, IsWholeNumberFrom } from './rules/is-number-from.js';
import { IsOllamaModel } from './rules/is-ollama-model.js';
import { IsOneOf, IsSomeOf } from './rules/is-one-of.js';
import { IsOriginList } from './rules/is-origin-list.js';
import { IsProxyUrl } from './rules/is-proxy-url.js';
import { IsRedisUrl } from './rules/is-redis-url.js';
import { IsTarget } from './rules/is-target.js';
import { IsText } from './rules/is-text.js';
import { IsTrustProxy } from './rules/is-trust-proxy.js';
import { toAllowedHosts } from './from-text/to-allowed-hosts.js';
import { toList } from './from-text/to-list.js';
import { toLogLevel } from './from-text/to-log-level.js';
import { toOllamaHost } from './from-text/to-ollama-host.js';
import { toNumber } from './from-text/to-number.js';
import { toOrigins } from './from-text/to-origins.js';
import { toTrustProxy } from './from-text/to-trust-proxy.js';

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 365 * DAY_SECONDS;
const SECONDS = ' of seconds';
const ON_OR_OFF = ['on', 'off'] as const;
const TRUE_OR_FALSE = ['true', 'false'] as const;

/** What `PROTECT` names: routes that need no key by default. */
export const OPEN_ROUTES = ['metrics', 'docs', 'health'] as const;
export type OpenRoute = (typeof OPEN_ROUTES)[number];

/** Every environment variable that the gateway reads, with its default. Those of known providers are added below. */
export class Environment {
  @ReadAs(toNumber)
  @IsWholeNumberFrom(0, 65_535)
  PORT = 3025;

  @IsText('a host name or an address to listen on')
  HOST = '0.0.0.0';

  @ReadAs(toLogLevel)
  @IsOneOf(LOG_LEVELS)
  LOG_LEVEL: LogLevel = 'info';

  @IsText('production, test, development or any other name')
  NODE_ENV = 'development';

  /** A model of any provider, or an alias. Checked with the file, which has the aliases. */
  @IsOptional()
  @IsTarget()
  DEFAULT_MODEL?: string;

  /** Without a default here: whether somebody has said where Ollama is decides whether a missing one is a fault. */
  @IsOptional()
  @ReadAs(toList)
  @IsHosts('with commas between them')
  OLLAMA_URL?: string[];

  /** Ollama's own variable, read where `OLLAMA_URL` is not set. */
  @IsOptional()
  @ReadAs(toOllamaHost)
  @IsHttpUrl()
  OLLAMA_HOST?: string;

  @IsOllamaModel()
  OLLAMA_DEFAULT_MODEL = 'gemma3:4b';

  /** Without a default here: the file's global timeouts are stronger than the default, and weaker than the variable. */
  @IsOptional()
  @ReadAs(toNumber)
  @IsNumberFrom(0.001, DAY_SECONDS, SECONDS)
  OLLAMA_TIMEOUT?: number;

  @IsOptional()
  @ReadAs(toNumber)
  @IsWholeNumberFrom(0, 100_000)
  OLLAMA_MAX_CONCURRENT?: number;

  @ReadAs((text) => text.toLowerCase())
  @IsOneOf(ON_OR_OFF)
  IMAGE_FETCH: (typeof ON_OR_OFF)[number] = 'on';

  @IsOptional()
  @IsText('a path to a GGUF file, or a URI such as hf:org/repo:quant')
  EMBEDDED_MODEL?: string;

  @IsOptional()
  @IsRedisUrl()
  REDIS_URL?: string;

  @ReadAs(toNumber)
  @IsNumberFrom(0, YEAR_SECONDS, SECONDS)
  CACHE_TTL = 3600;

  @IsOptional()
  @ReadAs(toOrigins)
  @IsOriginList()
  CORS_ORIGINS?: string[];

  @IsOptional()
  @ReadAs(toList)
  @IsKeyList()
  API_KEYS?: string[];

  @IsOptional()
  @IsKey()
  GPU_API_KEY?: string;

  /** The old service's switch. Without a default here: only a variable that is set can be meant for keys that are not. */
  @IsOptional()
  @ReadAs((text) => text.toLowerCase())
  @IsOneOf(TRUE_OR_FALSE)
  GPU_REQUIRE_AUTH?: (typeof TRUE_OR_FALSE)[number];

  @ReadAs((text) => text.toLowerCase())
  @IsOneOf(ON_OR_OFF)
  API_KEY_IN_QUERY: (typeof ON_OR_OFF)[number] = 'off';

  @IsOptional()
  @ReadAs((text) => toList(text.toLowerCase()))
  @IsSomeOf(OPEN_ROUTES)
  PROTECT?: OpenRoute[];

  @IsOptional()
  @ReadAs(toAllowedHosts)
  @IsAllowedHosts()
  ALLOWED_HOSTS?: string[];

  @ReadAs(toTrustProxy)
  @IsTrustProxy()
  TRUST_PROXY: boolean | number | string[] = false;

  @IsOptional()
  @IsText('a path to a YAML file')
  MANA_LLM_CONFIG?: string;

  @ReadAs(toNumber)
  @IsNumberFrom(0, DAY_SECONDS, SECONDS)
  DRAIN_GRACE = 5;

  @ReadAs(toNumber)
  @IsNumberFrom(0, DAY_SECONDS, SECONDS)
  DRAIN_TIMEOUT = 60;
}

function addVariable(name: string, rule: PropertyDecorator): void {
  IsOptional()(Environment.prototype, name);
  rule(Environment.prototype, name);
}

/** Read by the HTTP client itself; checked here so that a mistake is told like every other. */
for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) addVariable(name, IsProxyUrl());

for (const known of KNOWN_PROVIDERS) {
  addVariable(known.keyVariable, IsKey());
  addVariable(baseUrlVariable(known), IsHttpUrl());
}
