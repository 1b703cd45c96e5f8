import { Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { cacheConfig, gatewayConfig } from '../config/load-configuration.js';
import type { CacheConfig, GatewayConfig } from '../config/configuration.js';
import type { RedisConnection } from './redis-connection.js';

/** Injects the `RedisConnection`; undefined where the gateway uses no Redis. */
export const REDIS_CONNECTION = Symbol('RedisConnection');

/** The cache and the stored responses use Redis: where nothing is kept, nothing connects. The client is loaded only where it is used. */
async function connect(
  { redisUrl, ttlSeconds, maxWaitMs }: CacheConfig,
  { responsesTtlSeconds }: GatewayConfig,
): Promise<RedisConnection | undefined> {
  const isUsed = ttlSeconds > 0 || responsesTtlSeconds > 0;
  if (redisUrl === undefined || !isUsed) return undefined;
  const { RedisConnection } = await import('./redis-connection.js');
  return new RedisConnection(redisUrl, maxWaitMs);
}

/** Gives other modules the one connection to Redis, and closes it at the end. */
@Module({
  providers: [{ provide: REDIS_CONNECTION, inject: [cacheConfig.KEY, gatewayConfig.KEY], useFactory: connect }],
  exports: [REDIS_CONNECTION],
})
export class RedisModule implements OnModuleDestroy {
  constructor(@Inject(REDIS_CONNECTION) private readonly connection: RedisConnection | undefined) {}

  onModuleDestroy(): void {
    this.connection?.close();
  }
}
