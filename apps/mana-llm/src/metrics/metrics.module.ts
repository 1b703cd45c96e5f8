import { Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register, Registry } from 'prom-client';
import { GatewayMetrics } from './gateway-metrics.js';
import { EndpointMetrics } from './endpoint-metrics.js';
import { MetricsController } from './metrics.controller.js';

/** The metrics of the gateway and of its servers; serves the process's registry, default metrics included, at `/metrics`. */
@Module({
  imports: [PrometheusModule.register({ path: '/metrics', controller: MetricsController })],
  providers: [GatewayMetrics, EndpointMetrics, { provide: Registry, useValue: register }],
  exports: [GatewayMetrics, EndpointMetrics],
})
export class MetricsModule {}
