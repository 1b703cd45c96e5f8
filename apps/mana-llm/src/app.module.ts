import { LlmProvidersModule } from '@mana-llm/llm-providers';
import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CacheModule } from './cache/cache.module.js';
import { ChatModule } from './apis/chat-completions/chat.module.js';
import { ConfigurationModule } from './config/configuration.module.js';
import { providersConfig } from './config/providers.config.js';
import { DrainModule } from './drain/drain.module.js';
import { EmbeddingsModule } from './apis/embeddings/embeddings.module.js';
import { HealthModule } from './apis/health/health.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ModelsModule } from './apis/models/models.module.js';
import { RoutingModule } from './routing/routing.module.js';

@Module({
  imports: [
    ConfigurationModule,
    LlmProvidersModule.forRootAsync({
      inject: [providersConfig.KEY],
      useFactory: (config: ConfigType<typeof providersConfig>) => ({ providers: config.settings }),
    }),
    LoggingModule,
    MetricsModule,
    DrainModule,
    RoutingModule,
    CacheModule,
    ChatModule,
    EmbeddingsModule,
    ModelsModule,
    HealthModule,
  ],
})
export class AppModule {}
