import { LlmHealthIndicator } from '@mana-llm/client/terminus';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';

@Module({ imports: [TerminusModule], controllers: [HealthController], providers: [LlmHealthIndicator] })
export class HealthModule {}
