import { type LlmProvider, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider, latch } from '@mana-llm/llm-providers/testing';
import { Logger } from '@nestjs/common';
import { BehaviorSubject } from 'rxjs';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { PLAIN_POLICY, poolOf, snapshotOf } from '../../../test/support/routing-parts.js';
import type { EndpointMetrics } from '../../metrics/endpoint-metrics.js';
import { EndpointEvents } from './endpoint-events.js';
import type { Endpoint, EndpointObserver } from './endpoint.js';
import { ProviderPool } from './provider-pool.js';
import type { RoutingSnapshot, RoutingTable } from '../routing-table.js';
import { ProviderHealth } from './provider-health.js';

const REFUSED = new UpstreamError('groq refused the connection.', { provider: 'groq', kind: 'connection_failed' });
const alive = (name: string): FakeLlmProvider => new FakeLlmProvider(name, { ping: async () => undefined });
const dead = (name: string): FakeLlmProvider => new FakeLlmProvider(name, { ping: () => Promise.reject(REFUSED) });

describe(ProviderHealth.name, () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  jest.spyOn(Logger.prototype, 'log').mockImplementation();
  let gauge: Parameters<GatewayMetrics['providerHealthy']>[0][];
  /** As the metrics show it in the end. */
  let shown: Map<string, boolean>;
  let snapshots: BehaviorSubject<RoutingSnapshot>;

  let events: EndpointEvents;

  beforeEach(() => {
    events = new EndpointEvents({ breakerState: () => undefined } as unknown as EndpointMetrics);
    gauge = [];
    shown = new Map();
    warn.mockClear();
  });

  const observer: Partial<EndpointObserver> = {
    healthChanged: (endpoint) => events.healthChanged(endpoint),
  };
  let endpoints: Endpoint[];

  /** Each list of providers is one provider with as many endpoints. */
  function healthOf(...providers: (LlmProvider | [LlmProvider, ...LlmProvider[]])[]): ProviderHealth {
    const policy = { breaker: { failures: 2, openMs: 60_000 } };
    const pools = providers.map((endpoints) =>
      poolOf(Array.isArray(endpoints) ? endpoints : [endpoints], { observer, policy }),
    );
    endpoints = pools.flatMap((pool) => pool.endpoints);
    snapshots = new BehaviorSubject(snapshotOf({ pools: new Map(pools.map((pool) => [pool.name, pool])) }));
    const table = {
      get current() {
        return snapshots.value;
      },
      current$: snapshots.asObservable(),
      allEndpoints: () => endpoints,
    };
    const metrics: Pick<GatewayMetrics, 'providerHealthy' | 'providerUnknown'> = {
      providerHealthy: (value) => {
        gauge.push(value);
        shown.set(value.provider, value.healthy);
      },
      providerUnknown: ({ provider }) => void shown.delete(provider),
    };
    return new ProviderHealth(table as unknown as RoutingTable, metrics as GatewayMetrics, events);
  }

  it('asks nobody for the remembered states', () => {
    const provider = new FakeLlmProvider('ollama');

    expect(healthOf(provider).states()).toEqual({ ollama: expect.objectContaining({ status: 'unknown' }) });
    expect(provider.calls).toHaveLength(0);
  });

  it('asks all providers at the same time', async () => {
    const { opened, open } = latch();
    const first = new FakeLlmProvider('ollama', { ping: () => opened });
    const second = new FakeLlmProvider('groq', { ping: async () => open() });

    const states = await healthOf(first, second).check();

    expect(Object.entries(states).map(([name, { status }]) => [name, status])).toEqual([
      ['ollama', 'healthy'],
      ['groq', 'healthy'],
    ]);
  });

  it('shows the states in the metrics and logs a failure once', async () => {
    const health = healthOf(alive('ollama'), dead('groq'));

    await health.check();
    await health.check();

    expect(gauge).toHaveLength(2);
    expect(gauge).toContainEqual({ provider: 'ollama', healthy: true });
    expect(gauge).toContainEqual({ provider: 'groq', healthy: false });
    expect(warn.mock.calls).toEqual([['groq is unhealthy: groq refused the connection.']]);
  });

  it('has no series for a provider that is absent, and warns of none', async () => {
    const health = healthOf(dead('ollama'), alive('groq'));
    endpoints[0]?.configure('ollama', { provider: 'ollama', ...PLAIN_POLICY, isImplicit: true });

    expect((await health.check())['ollama']?.status).toBe('absent');
    expect(gauge).toEqual([{ provider: 'groq', healthy: true }]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('knows that one provider works while another one hangs', async () => {
    const { opened, open } = latch();
    const hanging = new FakeLlmProvider('groq', { ping: () => opened });
    const health = healthOf(hanging, alive('ollama'));

    expect(await health.isAnyHealthy()).toBe(true);
    expect(health.states()['groq']?.status).toBe('unknown');
    open();
    await health.check();
  });

  it.each([
    ['all are dead', [dead('groq')]],
    ['there is none', []],
  ])('says that no provider works when %s', async (_title, providers) => {
    expect(await healthOf(...providers).isAnyHealthy()).toBe(false);
  });

  it('learns from real requests', () => {
    const health = healthOf(alive('ollama'), alive('groq'));

    endpoints[0]?.health.answered();
    endpoints[1]?.health.broke('groq broke the stream.');

    expect(health.states()).toMatchObject({
      ollama: { status: 'healthy' },
      groq: { status: 'unknown', consecutiveFailures: 1, lastError: 'groq broke the stream.' },
    });
  });

  it('follows the breaker', () => {
    const health = healthOf(alive('groq'));
    endpoints[0]?.health.answered();
    for (let failure = 0; failure < 2; failure += 1) endpoints[0]?.breaker.enter('m', 'x').unreachable();
    endpoints[0]?.health.broke('groq broke the stream.');

    expect(health.states()).toMatchObject({ groq: { status: 'unhealthy', lastError: 'groq broke the stream.' } });
    expect(gauge.at(-1)).toEqual({ provider: 'groq', healthy: false });
  });

  describe('of a provider with several models', () => {
    const refusal = new UpstreamError('It stopped.', { provider: 'groq', kind: 'refused', status: 500 });
    const ask = async (model: string, outcome?: Error, caller = 'x'): Promise<void> => {
      const attempt = await endpoints[0]?.enter({
        model,
        caller,
        isLowPriority: false,
        signal: new AbortController().signal,
      });
      if (outcome === undefined) attempt?.succeeded();
      else attempt?.failed(outcome);
    };
    const failTwice = async (model: string): Promise<void> => {
      await ask(model, refusal);
      await ask(model, refusal);
    };

    it('is not changed by one that fails beside one that works', async () => {
      const health = healthOf(alive('groq'));
      await ask('good');
      for (const model of ['bad', 'worse', 'worst']) await ask(model, refusal);
      await ask('bad', refusal);
      expect(health.states()).toMatchObject({ groq: { status: 'healthy', consecutiveFailures: 0, lastError: null } });
      expect([endpoints[0]?.health.isSuspect, gauge.length]).toEqual([false, 1]);
    });

    it('is unhealthy once all of them rest, and healthy once one of them works', async () => {
      const health = healthOf(alive('groq'));
      await ask('one');
      await failTwice('two');
      await failTwice('one');
      expect(health.states()).toMatchObject({ groq: { status: 'unhealthy', lastError: 'It stopped.' } });
      expect(endpoints[0]?.health.isSuspect).toBe(true);
      await ask('two', undefined, 'v');
      expect(health.states()).toMatchObject({ groq: { status: 'healthy' } });
      expect(endpoints[0]?.health.isSuspect).toBe(false);
    });

    it('is not changed by requests of one caller that fail beside those of another', async () => {
      const health = healthOf(alive('groq'));
      await ask('one', undefined, 'v');
      await failTwice('one');
      expect(health.states()).toMatchObject({ groq: { status: 'healthy', consecutiveFailures: 0 } });
    });
  });

  it('is not misled by an answer that was still on its way when the breaker opened', () => {
    const health = healthOf(alive('groq'));
    for (let failure = 0; failure < 2; failure += 1) endpoints[0]?.breaker.enter('m', 'x').unreachable();
    endpoints[0]?.health.broke('groq broke the stream.');
    endpoints[0]?.health.answered();

    expect(health.states()).toMatchObject({ groq: { status: 'unhealthy', lastError: 'groq broke the stream.' } });
    expect(gauge).toEqual([{ provider: 'groq', healthy: false }]);
    expect(warn).toHaveBeenCalledWith('groq is unhealthy: groq broke the stream.');
  });

  it('calls a provider healthy while one of its endpoints works', async () => {
    const health = healthOf([dead('ollama'), alive('ollama')]);

    expect(await health.check()).toMatchObject({ ollama: { status: 'healthy' } });
    expect(gauge.at(-1)).toEqual({ provider: 'ollama', healthy: true });
    expect(warn.mock.calls).toEqual([['ollama#1 is unhealthy: groq refused the connection.']]);
  });

  describe('when the configuration has changed', () => {
    it('shows no more of a provider that is gone, and of one that came only what is known', async () => {
      await healthOf(alive('ollama'), dead('groq')).check();
      expect([...shown]).toEqual([
        ['ollama', true],
        ['groq', false],
      ]);
      const { pools } = snapshots.value;
      const next = new Map([...pools, ['vllm', poolOf([alive('vllm')])] as const]);
      next.delete('groq');
      snapshots.next(snapshotOf({ pools: next }));
      expect([...shown]).toEqual([['ollama', true]]);
    });

    it('shows how the endpoints do that are left', async () => {
      await healthOf([alive('ollama'), dead('ollama')]).check();
      expect([...shown]).toEqual([['ollama', true]]);
      const [pool] = snapshots.value.pools.values();
      const left = pool && new ProviderPool({ ...pool, endpoints: pool.endpoints.slice(1) });
      snapshots.next(snapshotOf({ pools: new Map(left ? [['ollama', left]] : []) }));
      expect([...shown]).toEqual([['ollama', false]]);
    });
  });
});
