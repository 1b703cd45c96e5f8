import type { ConfigFile } from '../config-file.js';
import type { CacheConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import { strongest } from './strongest.js';

const DEFAULT_CACHE = { maxWaitMs: 250, memoryMb: 64 };

export function toCacheConfig(environment: Environment, { root }: ConfigFile): CacheConfig {
  return {
    ...(environment.REDIS_URL === undefined ? {} : { redisUrl: environment.REDIS_URL }),
    ttlSeconds: environment.CACHE_TTL,
    ...strongest([root.cache], DEFAULT_CACHE),
  };
}
