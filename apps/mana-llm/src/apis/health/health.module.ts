import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController, ProviderHealthController } from './health.controller.js';
import { HealthService, ProviderHealthService } from './health.service.js';
import { EndpointProber, ProviderHealth } from '../../routing/endpoints/provider-health.js';
import { CacheModule } from '../../cache/cache.module.js';
import { DrainModule } from '../../drain/drain.module.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RoutingModule } from '../../routing/routing.module.js';

@Module({
  // Terminus would log every failed probe; `ProviderHealth` logs each change once.
  imports: [RoutingModule, CacheModule, DrainModule, MetricsModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, ProviderHealthController],
  providers: [HealthService, ProviderHealth, ProviderHealthService, EndpointProber],
  exports: [ProviderHealth],
})
export class HealthModule {}
