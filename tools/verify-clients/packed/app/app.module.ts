import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { LlmExceptionFilter, LlmModule } from '@mana-llm/client/nestjs';
import { LlmHealthIndicator } from '@mana-llm/client/terminus';
import { ChatController } from './chat.controller.js';
import { HealthController } from './health.controller.js';
import { Settings, SettingsModule } from './settings.js';

@Module({
  imports: [
    LlmModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ gatewayUrl }: Settings) => ({ baseUrl: `${gatewayUrl}/degraded`, caller: 'default' }),
      forwardRequest: true,
    }),
    LlmModule.forRoot({ name: 'fast', baseUrl: `${process.env.GATEWAY_URL}/healthy/v1`, caller: 'fast' }),
    LlmModule.forRootAsync({
      name: 'smart',
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ gatewayUrl }: Settings) => ({ baseUrl: `${gatewayUrl}/unhealthy`, caller: 'smart' }),
    }),
    LlmModule.forRoot({ name: 'gone', baseUrl: String(process.env.CLOSED_URL) }),
    TerminusModule.forRoot({ logger: false }),
  ],
  controllers: [ChatController, HealthController],
  providers: [LlmHealthIndicator, { provide: APP_FILTER, useClass: LlmExceptionFilter }],
})
export class AppModule {}
