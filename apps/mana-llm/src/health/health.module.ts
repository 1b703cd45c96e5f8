import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { ProviderHealthController } from './provider-health.controller.js';
import { ProviderHealth } from './provider-health.js';

/** Wants the global `ProviderRegistry`, `GatewayMetrics` and `DrainState`. */
@Module({
  // Terminus would log every failed probe; `ProviderHealth` logs each change once.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, ProviderHealthController],
  providers: [HealthService, ProviderHealth],
  exports: [ProviderHealth],
})
export class HealthModule {}
