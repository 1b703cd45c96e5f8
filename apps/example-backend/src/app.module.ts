import { LlmExceptionFilter, LlmModule } from '@mana-llm/client/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { ChatModule } from './chat/chat.module.js';
import { DocumentsModule } from './documents/documents.module.js';
import { HealthModule } from './health/health.module.js';
import { PeopleModule } from './people/people.module.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    LlmModule.forRootAsync({
      isGlobal: true,
      forwardRequest: true,
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        baseUrl: config.get<string>('MANA_LLM_URL') || 'http://localhost:3025',
        apiKey: config.get<string>('MANA_LLM_API_KEY') || undefined,
        defaultModel: config.get<string>('MANA_LLM_MODEL') || undefined,
        caller: 'example-backend',
        timeoutMs: 120_000,
      }),
    }),
    ChatModule,
    PeopleModule,
    DocumentsModule,
    HealthModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: LlmExceptionFilter }],
})
export class AppModule {}
