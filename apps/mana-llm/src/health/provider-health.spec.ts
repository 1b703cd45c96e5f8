import { type LlmProvider, type ProviderRegistry, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider, gate } from '@mana-llm/llm-providers/testing';
import { Logger } from '@nestjs/common';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { CallOutcomes } from '../routing/call-outcomes.js';
import { ProviderHealth } from './provider-health.js';

const REFUSED = new UpstreamError('groq refused the connection.', { provider: 'groq', kind: 'connection_failed' });
const alive = (name: string): FakeLlmProvider => new FakeLlmProvider(name, { ping: async () => undefined });
const dead = (name: string): FakeLlmProvider => new FakeLlmProvider(name, { ping: () => Promise.reject(REFUSED) });

describe(ProviderHealth.name, () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  jest.spyOn(Logger.prototype, 'log').mockImplementation();
  let gauge: Parameters<GatewayMetrics['providerHealthy']>[0][];

  beforeEach(() => {
    gauge = [];
    warn.mockClear();
  });

  function healthOf(...providers: LlmProvider[]): ProviderHealth {
    const metrics = { providerHealthy: (value) => void gauge.push(value) } as Pick<GatewayMetrics, 'providerHealthy'>;
    return new ProviderHealth(
      { all: () => providers } as ProviderRegistry,
      metrics as GatewayMetrics,
      new CallOutcomes(),
    );
  }

  it('asks nobody for the remembered states', () => {
    const provider = new FakeLlmProvider('ollama');

    expect(healthOf(provider).states()).toEqual({ ollama: expect.objectContaining({ status: 'unknown' }) });
    expect(provider.calls).toHaveLength(0);
  });

  it('asks all providers at the same time', async () => {
    const { opened, open } = gate();
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

  it('knows that one provider works while another one hangs', async () => {
    const { opened, open } = gate();
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

    health.recordSuccess('ollama');
    health.recordFailure('groq', 'groq broke the stream.');

    expect(health.states()).toMatchObject({
      ollama: { status: 'healthy' },
      groq: { status: 'unknown', consecutiveFailures: 1, lastError: 'groq broke the stream.' },
    });
  });

  it('ignores requests to providers that it does not know', () => {
    const health = healthOf();

    health.recordSuccess('nobody');
    health.recordFailure('nobody', 'x');

    expect(health.states()).toEqual({});
  });
});
