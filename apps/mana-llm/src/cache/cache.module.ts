import { Global, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { cacheConfig } from '../config/cache.config.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { AnswerStore } from './answer-store.js';
import { CacheGate } from './cache-gate.js';
import { CacheTeller } from './cache-teller.js';
import { CompletionCache } from './completion-cache.js';
import { EmbeddingAnswers } from './embedding-answers.js';

/** Gives every feature the answers that were given before. */
@Global()
@Module({
  providers: [
    {
      provide: AnswerStore,
      inject: [cacheConfig.KEY, GatewayMetrics],
      useFactory: (config: ConfigType<typeof cacheConfig>, metrics: GatewayMetrics) => new AnswerStore(config, metrics),
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
