import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { endpointOf } from '../../../test/support/routing-parts.js';
import type { RoutingTable } from '../routing-table.js';
import type { Endpoint } from './endpoint.js';
import { EndpointProber } from './provider-health.js';
import { UNKNOWN_STATE } from './endpoint-health.js';

describe(EndpointProber.name, () => {
  let endpoint: Endpoint;
  let checked: number;
  let sut: EndpointProber;

  beforeEach(() => {
    jest.useFakeTimers();
    checked = 0;
    endpoint = endpointOf(new FakeLlmProvider('ollama'), { policy: { breaker: { failures: 1, openMs: 20_000 } } });
    const { health } = endpoint;
    const unchecked = health.state;
    let lastCheckAtMs: number | null = null;
    jest.spyOn(health, 'state', 'get').mockImplementation(() => ({ ...unchecked, lastCheckAtMs }));
    jest.spyOn(health, 'check').mockImplementation(() => {
      checked += 1;
      lastCheckAtMs = Date.now();
      return Promise.resolve(UNKNOWN_STATE);
    });
    sut = new EndpointProber({ allEndpoints: () => [endpoint] } as unknown as RoutingTable);
    sut.onApplicationBootstrap();
  });
  afterEach(() => {
    sut.onModuleDestroy();
    jest.useRealTimers();
  });

  it('pings an endpoint that nobody has asked for 30 s', () => {
    jest.advanceTimersByTime(29_000);
    expect(checked).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(checked).toBe(1);
    jest.advanceTimersByTime(60_000);
    expect(checked).toBe(3);
  });

  it('leaves one alone that requests tell enough of', () => {
    for (let seconds = 0; seconds < 100; seconds += 10) {
      jest.advanceTimersByTime(10_000);
      endpoint.health.answered();
    }
    expect(checked).toBe(0);
  });

  it('pings one that failed last at once, and no more once it is back', () => {
    endpoint.health.broke('No.');
    jest.advanceTimersByTime(1_000);
    expect(checked).toBe(1);
    endpoint.health.pingSucceeded();
    jest.advanceTimersByTime(10_000);
    expect(checked).toBe(1);
  });

  it('pings one that stays away less and less often, every 30 s in the end', () => {
    endpoint.health.broke('No.');
    jest.advanceTimersByTime(5_000);
    expect(checked).toBeGreaterThanOrEqual(4);
    jest.advanceTimersByTime(600_000);
    expect(checked).toBeLessThan(50);
    const before = checked;
    jest.advanceTimersByTime(60_000);
    expect(checked).toBe(before + 2);
  });

  it('pings one that failed last although its breaker is open: no request would show that it is back', () => {
    endpoint.breaker.enter('m', 'x').unreachable();
    endpoint.health.broke('No.');
    jest.advanceTimersByTime(1_000);
    expect(checked).toBe(1);
    endpoint.health.pingSucceeded();
    expect(endpoint.breaker.state).toBe('half_open');
  });

  it('pings one whose breaker is open before a request would have to try', () => {
    endpoint.breaker.enter('m', 'x').unreachable();
    endpoint.health.answered();
    jest.advanceTimersByTime(18_000);
    expect(checked).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(checked).toBe(1);
  });

  it('stops with the gateway', () => {
    sut.onModuleDestroy();
    expect(jest.getTimerCount()).toBe(0);
  });
});
