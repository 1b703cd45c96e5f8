import { isDeepStrictEqual } from 'node:util';
import type { CacheConfig, Configuration, GatewayConfig } from '../configuration.js';

type Fixed = Pick<Configuration, 'gateway' | 'cache'>;

/** What the user calls each setting that is read at the start alone. */
const GATEWAY_NAMES: Readonly<Record<keyof GatewayConfig, string>> = {
  port: 'PORT',
  host: 'HOST',
  logLevel: 'LOG_LEVEL',
  corsOrigins: 'CORS_ORIGINS',
  apiKeys: 'API_KEYS',
  unusedKeys: 'GPU_REQUIRE_AUTH',
  isKeyInQuery: 'API_KEY_IN_QUERY',
  protectedRoutes: 'PROTECT',
  allowedHosts: 'ALLOWED_HOSTS',
  trustProxy: 'TRUST_PROXY',
  bodyLimitBytes: 'limits.bodyMb',
  bodiesInFlightBytes: 'limits.bodiesInFlightMb',
  jsonDepth: 'limits.jsonDepth',
  jsonValues: 'limits.jsonValues',
  heartbeatMs: 'limits.heartbeatMs',
  stalledClientMs: 'limits.stalledClientMs',
  drainGraceMs: 'DRAIN_GRACE',
  drainTimeoutMs: 'DRAIN_TIMEOUT',
};
const CACHE_NAMES: Readonly<Record<keyof CacheConfig, string>> = {
  redisUrl: 'REDIS_URL',
  ttlSeconds: 'CACHE_TTL',
  maxWaitMs: 'cache.maxWaitMs',
  memoryMb: 'cache.memoryMb',
};

function differing<T extends object>(names: Readonly<Record<keyof T, string>>, before: T, after: T): string[] {
  const keys = Object.keys(names) as (keyof T)[];
  return keys.filter((key) => !isDeepStrictEqual(before[key], after[key])).map((key) => names[key]);
}

/** The names of the settings that differ and cannot change while the process runs. */
export function findFixedChanges(before: Fixed, after: Fixed): string[] {
  return [
    ...differing(GATEWAY_NAMES, before.gateway, after.gateway),
    ...differing(CACHE_NAMES, before.cache, after.cache),
  ];
}
