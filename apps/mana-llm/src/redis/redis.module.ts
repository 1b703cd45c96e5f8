import { Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { cacheConfig } from '../config/load-configuration.js';
import type { CacheConfig } from '../config/configuration.js';
import type { RedisConnection } from './redis-connection.js';

/** Injects the `RedisConnection`; undefined where the gateway uses no Redis. */
export const REDIS_CONNECTION = Symbol('RedisConnection');

/** The cache is the only user of Redis: where nothing is cached, nothing connects. The client is loaded only where it is used. */
async function connect(config: CacheConfig): Promise<RedisConnection | undefined> {
  const { redisUrl, ttlSeconds, maxWaitMs } = config;
  if (redisUrl === undefined || ttlSeconds === 0) return undefined;
  const { RedisConnection } = await import('./redis-connection.js');
  return new RedisConnection(redisUrl, maxWaitMs);
}

/** Gives other modules the one connection to Redis, and closes it at the end. */
@Module({
  providers: [{ provide: REDIS_CONNECTION, inject: [cacheConfig.KEY], useFactory: connect }],
  exports: [REDIS_CONNECTION],
})
export class RedisModule implements OnModuleDestroy {
  constructor(@Inject(REDIS_CONNECTION) private readonly connection: RedisConnection | undefined) {}

  onModuleDestroy(): void {
    this.connection?.close();
  }
}
