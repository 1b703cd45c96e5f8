import { Global, Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register, Registry } from 'prom-client';
import { GatewayMetrics } from './gateway-metrics.js';
import { HostMetrics } from './host-metrics.js';
import { MetricsController } from './metrics.controller.js';

/** Gives `GatewayMetrics` to every module and serves the process's registry, default metrics included, at `/metrics`. */
@Global()
@Module({
  imports: [PrometheusModule.register({ path: '/metrics', controller: MetricsController })],
  providers: [GatewayMetrics, HostMetrics, { provide: Registry, useValue: register }],
  exports: [GatewayMetrics, HostMetrics],
})
export class MetricsModule {}
