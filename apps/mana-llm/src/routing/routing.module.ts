import { Module } from '@nestjs/common';
import { EndpointEvents } from './endpoints/endpoint-events.js';
import { LlmProvidersModule } from '@mana-llm/llm-providers';
import type { ConfigType } from '@nestjs/config';
import { providersConfig } from '../config/load-configuration.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ModelCalls } from './attempts/model-calls.js';
import { ModelRouter } from './model-router.js';
import { RoutingTable } from './routing-table.js';

/**
 * The way from a model's name to an answer. The `ProviderRegistry` makes the configured providers; requests reach them by the
 * `RoutingTable`, which exchanges them when the configuration changes.
 */
@Module({
  imports: [
    MetricsModule,
    LlmProvidersModule.forRootAsync({
      inject: [providersConfig.KEY],
      useFactory: (config: ConfigType<typeof providersConfig>) => ({ providers: config.settings }),
    }),
  ],
  providers: [EndpointEvents, RoutingTable, ModelRouter, ModelCalls],
  exports: [LlmProvidersModule, EndpointEvents, RoutingTable, ModelRouter, ModelCalls],
})
export class RoutingModule {}
