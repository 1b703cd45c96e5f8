import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { HostProber } from '../../routing/endpoints/host-prober.js';
import { ProviderHealthController } from './provider-health.controller.js';
import { ProviderHealthService } from './provider-health.service.js';
import { ProviderHealth } from '../../routing/endpoints/provider-health.js';

/** Wants the global `RoutingTable`, `HostEvents`, `GatewayMetrics` and `DrainState`. */
@Module({
  // Terminus would log every failed probe; `ProviderHealth` logs each change once.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, ProviderHealthController],
  providers: [HealthService, ProviderHealth, ProviderHealthService, HostProber],
  exports: [ProviderHealth],
})
export class HealthModule {}
