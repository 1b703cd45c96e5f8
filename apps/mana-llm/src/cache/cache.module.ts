import { Global, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { cacheConfig } from '../config/cache.config.js';
import type { CacheConfig } from '../config/configuration.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { AnswerStore } from './store/answer-store.js';
import { CacheGate } from './cache-gate.js';
import { CacheTeller } from './cache-teller.js';
import { CompletionCache } from './chat/completion-cache.js';
import { EmbeddingAnswers } from './embeddings/embedding-answers.js';

/** The client of Redis is loaded only where it has something to do. */
async function openStore(config: CacheConfig, metrics: GatewayMetrics): Promise<AnswerStore> {
  const { redisUrl, ttlSeconds, maxWaitMs } = config;
  if (redisUrl === undefined || ttlSeconds === 0) return new AnswerStore(config, metrics);
  const { RedisLayer } = await import('../redis/redis-layer.js');
  return new AnswerStore(config, metrics, new RedisLayer(redisUrl, maxWaitMs, metrics));
}

/** Gives every feature the answers that were given before. */
@Global()
@Module({
  providers: [
    {
      provide: AnswerStore,
      inject: [cacheConfig.KEY, GatewayMetrics],
      useFactory: openStore,
    },
    CacheTeller,
    CacheGate,
    CompletionCache,
    EmbeddingAnswers,
  ],
  exports: [AnswerStore, CompletionCache, EmbeddingAnswers],
})
export class CacheModule implements OnModuleDestroy {
  constructor(@Inject(AnswerStore) private readonly store: AnswerStore) {}

  onModuleDestroy(): void {
    this.store.close();
  }
}
