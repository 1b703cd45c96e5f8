import { type LlmProvider, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { Global, type INestApplication, Logger, Module } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import type { AddressInfo, Server } from 'node:net';
import { NEVER } from 'rxjs';
import { AnswerStore } from '../../cache/store/answer-store.js';
import type { RedisStatus } from '../../redis/redis-connection.js';
import { DrainState } from '../../drain/drain-state.js';
import { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { PLAIN_POLICY, poolOf, snapshotOf } from '../../../test/support/routing-parts.js';
import { ConfigurationSource } from '../../config/configuration-source.js';
import { EndpointEvents } from '../../routing/endpoints/endpoint-events.js';
import { CacheModule } from '../../cache/cache.module.js';
import { DrainModule } from '../../drain/drain.module.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { RoutingModule } from '../../routing/routing.module.js';
import { RoutingTable } from '../../routing/routing-table.js';
import { HealthController } from './health.controller.js';
import { HealthModule } from './health.module.js';

const REFUSED = new UpstreamError('groq refused the connection.', { provider: 'groq', kind: 'connection_failed' });
const alive = (name: string): FakeLlmProvider => new FakeLlmProvider(name, { ping: async () => undefined });
const dead = (name: string): FakeLlmProvider => new FakeLlmProvider(name, { ping: () => Promise.reject(REFUSED) });

/** In the place of the rooms whose parts are played here. */
@Module({})
class NothingModule {}

describe(HealthController.name, () => {
  let app: INestApplication<Server>;
  let redis: RedisStatus;
  jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  jest.spyOn(Logger.prototype, 'log').mockImplementation();

  async function start(...providers: LlmProvider[]): Promise<void> {
    const pools = providers.map((provider) => poolOf([provider]));
    const table = {
      current: snapshotOf({ pools: new Map(pools.map((pool) => [pool.name, pool])) }),
      current$: NEVER,
      allEndpoints: () => pools.flatMap(({ endpoints }) => endpoints),
    };
    @Global()
    @Module({
      providers: [
        { provide: RoutingTable, useValue: table },
        {
          provide: ConfigurationSource,
          useValue: { status: { loadedAtMs: 1_000, error: null, mistaken: [], failedAtMs: null } },
        },
        { provide: GatewayMetrics, useValue: { providerHealthy: () => undefined } },
        DrainState,
        { provide: AnswerStore, useValue: { status: () => redis } },
        { provide: EndpointEvents, useValue: { healthChanges$: NEVER } },
      ],
      exports: [RoutingTable, ConfigurationSource, GatewayMetrics, DrainState, EndpointEvents, AnswerStore],
    })
    class SurroundingsModule {}

    let building = Test.createTestingModule({ imports: [SurroundingsModule, HealthModule] });
    for (const room of [RoutingModule, CacheModule, DrainModule, MetricsModule]) {
      building = building.overrideModule(room).useModule(NothingModule);
    }
    const testing = await building.compile();
    app = testing.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  }

  beforeEach(() => {
    redis = { status: 'absent' };
  });
  afterEach(() => app.close());

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}${path}`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    return { status: response.status, body: await response.json() };
  }

  describe('/health', () => {
    it('answers 200 and healthy when every provider works', async () => {
      await start(alive('ollama'), alive('groq'));

      expect(await get('/health')).toEqual({
        status: 200,
        body: {
          status: 'healthy',
          service: 'mana-llm',
          version: expect.stringMatching(/^\d+\.\d+\.\d+/),
          providers: {
            ollama: { status: 'healthy', latency_ms: expect.any(Number) },
            groq: { status: 'healthy', latency_ms: expect.any(Number) },
          },
          info: {
            ollama: { status: 'up', latency_ms: expect.any(Number) },
            groq: { status: 'up', latency_ms: expect.any(Number) },
          },
          error: {},
          details: expect.objectContaining({ ollama: expect.anything(), groq: expect.anything() }),
          redis: { status: 'absent' },
        },
      });
    });

    it('answers 200 and degraded while something works', async () => {
      await start(alive('ollama'), dead('groq'));

      expect(await get('/health')).toMatchObject({
        status: 200,
        body: {
          status: 'degraded',
          providers: { groq: { status: 'unhealthy', latency_ms: null, error: 'groq refused the connection.' } },
          info: { ollama: { status: 'up' } },
          error: { groq: { status: 'down', message: 'groq refused the connection.' } },
        },
      });
    });

    it('leaves a provider out that is absent', async () => {
      await start(alive('groq'), dead('ollama'));
      app
        .get(RoutingTable)
        .allEndpoints()[1]
        ?.configure('ollama', { provider: 'ollama', ...PLAIN_POLICY, isImplicit: true });

      const { status, body } = await get('/health');

      expect(status).toBe(200);
      expect(body).toMatchObject({
        status: 'healthy',
        providers: { ollama: { status: 'absent', latency_ms: null } },
        error: {},
      });
      expect(Object.keys((body as { details: object }).details)).toEqual(['groq']);
    });

    it.each([
      ['every provider is dead', [dead('groq')]],
      ['there is no provider', []],
    ])('answers 503 in its own shape when %s', async (_title, providers) => {
      await start(...providers);

      expect(await get('/health')).toMatchObject({ status: 503, body: { status: 'unhealthy', service: 'mana-llm' } });
    });

    it('does not take a failure of the checks themselves for a report', async () => {
      await start(alive('ollama'));
      jest.spyOn(app.get(HealthCheckService, { strict: false }), 'check').mockRejectedValueOnce(new Error('broken'));

      const response = await fetch(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/health`);

      expect(response.status).toBe(500);
    });
  });

  describe('/health/live', () => {
    it('asks no provider', async () => {
      const provider = new FakeLlmProvider('ollama');
      await start(provider);

      expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok', service: 'mana-llm' } });
      expect(provider.calls).toHaveLength(0);
    });
  });

  describe('/health/ready', () => {
    it('answers 200 when one provider can serve', async () => {
      await start(dead('groq'), alive('ollama'));

      expect(await get('/health/ready')).toMatchObject({ status: 200, body: { ready: true, service: 'mana-llm' } });
    });

    it('answers 503 when none can', async () => {
      await start(dead('groq'));

      expect(await get('/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'unhealthy', ready: false, reason: 'No provider can serve.' },
      });
    });

    it('answers 503 while draining, without asking anybody', async () => {
      const provider = new FakeLlmProvider('ollama');
      await start(provider);
      app.get(DrainState).begin();

      expect(await get('/health/ready')).toMatchObject({
        status: 503,
        body: { ready: false, reason: expect.stringContaining('draining') },
      });
      expect(provider.calls).toHaveLength(0);
    });
  });

  describe('/v1/health', () => {
    it('tells what is known of each provider', async () => {
      await start(alive('ollama'), dead('groq'));

      expect(await get('/v1/health')).toEqual({
        status: 200,
        body: {
          status: 'degraded',
          providers: {
            ollama: {
              status: 'healthy',
              consecutive_failures: 0,
              last_error: null,
              last_check_unix: expect.any(Number),
              unhealthy_until_unix: null,
              in_flight: 0,
              queued: 0,
              hosts: { ollama: expect.objectContaining({ status: 'healthy', breaker: 'closed' }) },
            },
            groq: {
              status: 'unhealthy',
              consecutive_failures: 1,
              last_error: 'groq refused the connection.',
              last_check_unix: expect.any(Number),
              unhealthy_until_unix: expect.any(Number),
              in_flight: 0,
              queued: 0,
              hosts: { groq: expect.objectContaining({ status: 'unhealthy' }) },
            },
          },
          configuration: { loaded_unix: 1, error: null, failed_unix: null },
        },
      });
    });
  });
});
