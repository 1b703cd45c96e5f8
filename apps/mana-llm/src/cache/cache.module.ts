import { Module } from '@nestjs/common';
import { cacheConfig } from '../config/load-configuration.js';
import type { CacheConfig } from '../config/configuration.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { REDIS_CONNECTION, RedisModule } from '../redis/redis.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { AnswerStore } from './store/answer-store.js';
import { CachePlanner } from './cache-plan.js';
import { CacheReporter } from './cache-reporter.js';
import { CompletionCache } from './chat/completion-cache.js';
import { EmbeddingCache } from './embeddings/embedding-cache.js';

/** What works with Redis is loaded only where there is a connection. */
async function openStore(
  config: CacheConfig,
  metrics: GatewayMetrics,
  connection: RedisConnection | undefined,
): Promise<AnswerStore> {
  if (connection === undefined || config.ttlSeconds === 0) return new AnswerStore(config, metrics);
  const { RedisLayer } = await import('./store/redis-layer.js');
  return new AnswerStore(config, metrics, new RedisLayer(connection, metrics));
}

/** Gives every feature the stored answers. */
@Module({
  imports: [MetricsModule, RedisModule],
  providers: [
    {
      provide: AnswerStore,
      inject: [cacheConfig.KEY, GatewayMetrics, REDIS_CONNECTION],
      useFactory: openStore,
    },
    CacheReporter,
    CachePlanner,
    CompletionCache,
    EmbeddingCache,
  ],
  exports: [AnswerStore, CompletionCache, EmbeddingCache],
})
export class CacheModule {}
