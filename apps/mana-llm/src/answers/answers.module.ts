import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { AnswerService } from './answer.service.js';
import { EmbeddingService } from './embedding.service.js';

/** What happens to a request, for every surface: name to candidates, cache, attempts at the providers of the `ProviderRegistry`. */
@Module({
  imports: [RoutingModule, CacheModule],
  providers: [AnswerService, EmbeddingService],
  exports: [AnswerService, EmbeddingService, RoutingModule],
})
export class AnswersModule {}
