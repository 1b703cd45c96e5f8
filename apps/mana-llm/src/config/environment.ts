import { KNOWN_PROVIDERS, type KnownProvider } from '@mana-llm/llm-providers';
import { IsOptional } from 'class-validator';
import { IsKey, IsKeyList, IsProxyUrl, IsRedisUrl } from './rules/credentials.js';
import { IsAllowedHosts, IsTrustProxy, toAllowedHosts, toTrustProxy } from './rules/hosts.js';
import { IsOllamaModel, IsTarget } from './rules/models.js';
import { IsSeconds, IsWholeNumberFrom, toNumber } from './rules/numbers.js';
import { ReadAs } from './rules/setting-rule.js';
import { IsOneOf, IsSomeOf, IsText, toList, toLowerCase } from './rules/texts.js';
import { IsEndpoints, IsHttpUrl, IsOriginList, toOllamaHost, toOrigins } from './rules/urls.js';

const YEAR_SECONDS = 31_536_000;
const ON_OR_OFF = ['on', 'off'] as const;
const TRUE_OR_FALSE = ['true', 'false'] as const;

/** Pino's levels. */
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** The Python service, whose settings stay valid, has other names for these levels. */
const PYTHON_LEVELS: Readonly<Record<string, string>> = { warning: 'warn', critical: 'fatal' };

function toLogLevel(text: string): string {
  const level = text.toLowerCase();
  return PYTHON_LEVELS[level] ?? level;
}

/** What `PROTECT` names: routes that need no key by default. */
const OPEN_ROUTES = ['metrics', 'docs', 'health'] as const;
export type OpenRoute = (typeof OPEN_ROUTES)[number];

/** The environment variable that moves a known provider to another address: `GROQ_BASE_URL`. */
export function baseUrlVariable(known: Pick<KnownProvider, 'name'>): string {
  return `${known.name.toUpperCase().replaceAll('-', '_')}_BASE_URL`;
}

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

  /** A model of any provider, or an alias. It is checked after the file is read, since the file has the aliases. */
  @IsOptional()
  @IsTarget()
  DEFAULT_MODEL?: string;

  /** Without a default here: an Ollama that does not answer is a fault only where a setting says where it is. */
  @IsOptional()
  @ReadAs(toList)
  @IsEndpoints('with commas between them')
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
  @IsSeconds(0.001)
  OLLAMA_TIMEOUT?: number;

  @IsOptional()
  @ReadAs(toNumber)
  @IsWholeNumberFrom(0, 100_000)
  OLLAMA_MAX_CONCURRENT?: number;

  @ReadAs(toLowerCase)
  @IsOneOf(ON_OR_OFF)
  IMAGE_FETCH: (typeof ON_OR_OFF)[number] = 'on';

  @IsOptional()
  @IsText('a path to a GGUF file, or a URI such as hf:org/repo:quant')
  EMBEDDED_MODEL?: string;

  @IsOptional()
  @IsRedisUrl()
  REDIS_URL?: string;

  @ReadAs(toNumber)
  @IsSeconds(0, YEAR_SECONDS)
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

  /** The Python service's switch. Without a default here: a warning tells a switch that is set while no key is. */
  @IsOptional()
  @ReadAs(toLowerCase)
  @IsOneOf(TRUE_OR_FALSE)
  GPU_REQUIRE_AUTH?: (typeof TRUE_OR_FALSE)[number];

  @ReadAs(toLowerCase)
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
  @IsSeconds(0)
  DRAIN_GRACE = 5;

  @ReadAs(toNumber)
  @IsSeconds(0)
  DRAIN_TIMEOUT = 60;
}

function addVariable(name: string, rule: PropertyDecorator): void {
  IsOptional()(Environment.prototype, name);
  rule(Environment.prototype, name);
}

/** The HTTP client reads them itself. They are checked here so that their mistakes are in the same list. */
for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) addVariable(name, IsProxyUrl());

for (const known of KNOWN_PROVIDERS) {
  addVariable(known.keyVariable, IsKey());
  addVariable(baseUrlVariable(known), IsHttpUrl());
}
