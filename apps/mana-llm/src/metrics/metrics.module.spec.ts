import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { AddressInfo, Server } from 'node:net';
import { GatewayMetrics } from './gateway-metrics.js';
import { MetricsModule } from './metrics.module.js';

describe(MetricsModule.name, () => {
  let app: INestApplication<Server>;
  let url: string;

  beforeAll(async () => {
    const testing = await Test.createTestingModule({ imports: [MetricsModule] }).compile();
    app = testing.createNestApplication();
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/metrics`;
  });

  afterAll(() => app.close());

  it('answers in the Prometheus text format 0.0.4', async () => {
    const response = await fetch(url);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('shows what the gateway counted beside the metrics of the process', async () => {
    app.get(GatewayMetrics).streamEnded({ end: 'complete' });

    const text = await (await fetch(url)).text();

    expect(text).toContain('mana_llm_streams_total{end="complete"} 1');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });
});
