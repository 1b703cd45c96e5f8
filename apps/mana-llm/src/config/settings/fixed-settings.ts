import { isDeepStrictEqual } from 'node:util';
import { MAX_JSON_DEPTH } from '@mana-llm/openai-api';
import type { CacheConfig, Configuration, GatewayConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import type { ConfigFile } from '../file/config-file.js';
import { mebibytesToBytes, secondsToMs, strongest } from './layers.js';

const DEFAULT_LIMITS = {
  bodyMb: 50,
  bodiesInFlightMb: 256,
  jsonDepth: MAX_JSON_DEPTH,
  jsonValues: 1_000_000,
  heartbeatMs: 15_000,
  stalledClientMs: 30_000,
};
const DEFAULT_RESPONSES = { ttlSeconds: 86_400, maxMb: 64 };
const DEFAULT_CACHE = { maxWaitMs: 250, memoryMb: 64 };

function toKeys(environment: Environment): Pick<GatewayConfig, 'apiKeys' | 'unusedKeys'> {
  const { API_KEYS: apiKeys = [], GPU_API_KEY: gpuKey, GPU_REQUIRE_AUTH: isRequired } = environment;
  const keys = [...new Set(gpuKey === undefined ? apiKeys : [...apiKeys, gpuKey])];
  return isRequired === 'false' ? { apiKeys: [], unusedKeys: keys } : { apiKeys: keys, unusedKeys: [] };
}

export function toGatewayConfig(environment: Environment, { root }: ConfigFile): GatewayConfig {
  const { bodyMb, bodiesInFlightMb, ...limits } = strongest([root.limits], DEFAULT_LIMITS);
  const responses = strongest([root.responses], DEFAULT_RESPONSES);
  return {
    port: environment.PORT,
    host: environment.HOST,
    logLevel: environment.LOG_LEVEL,
    corsOrigins: environment.CORS_ORIGINS,
    ...toKeys(environment),
    isKeyInQuery: environment.API_KEY_IN_QUERY === 'on',
    protectedRoutes: environment.PROTECT ?? [],
    allowedHosts: environment.ALLOWED_HOSTS ?? [],
    // With `true`, Express would trust every hop, and the client writes the first one itself.
    trustProxy: environment.TRUST_PROXY === true ? 1 : environment.TRUST_PROXY,
    bodyLimitBytes: mebibytesToBytes(bodyMb),
    bodiesInFlightBytes: mebibytesToBytes(bodiesInFlightMb),
    ...limits,
    responsesTtlSeconds: responses.ttlSeconds,
    responsesMaxBytes: mebibytesToBytes(responses.maxMb),
    drainGraceMs: secondsToMs(environment.DRAIN_GRACE),
    drainTimeoutMs: secondsToMs(environment.DRAIN_TIMEOUT),
  };
}

export function toCacheConfig(environment: Environment, { root }: ConfigFile): CacheConfig {
  return {
    ...(environment.REDIS_URL === undefined ? {} : { redisUrl: environment.REDIS_URL }),
    ttlSeconds: environment.CACHE_TTL,
    ...strongest([root.cache], DEFAULT_CACHE),
  };
}

/** The user's name for each setting that is read at the start only. */
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
  responsesTtlSeconds: 'responses.ttlSeconds',
  responsesMaxBytes: 'responses.maxMb',
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

type FixedSettings = Pick<Configuration, 'gateway' | 'cache'>;

/** The names of the settings that differ and cannot change while the process runs. */
export function findFixedChanges(before: FixedSettings, after: FixedSettings): string[] {
  return [
    ...differing(GATEWAY_NAMES, before.gateway, after.gateway),
    ...differing(CACHE_NAMES, before.cache, after.cache),
  ];
}
