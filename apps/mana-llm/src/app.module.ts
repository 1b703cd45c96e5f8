import { Module } from '@nestjs/common';
import { ChatModule } from './apis/chat-completions/chat.module.js';
import { ConfigurationModule } from './config/configuration.module.js';
import { EmbeddingsModule } from './apis/embeddings/embeddings.module.js';
import { HealthModule } from './apis/health/health.module.js';
import { ModelsModule } from './apis/models/models.module.js';
import { ResponsesModule } from './apis/responses/responses.module.js';
import { LoggingModule } from './logging/logging.module.js';

/** What every module may use, then the surfaces: each imports the rooms that it needs. */
@Module({
  imports: [
    ConfigurationModule,
    LoggingModule,
    ChatModule,
    ResponsesModule,
    EmbeddingsModule,
    ModelsModule,
    HealthModule,
  ],
})
export class AppModule {}
