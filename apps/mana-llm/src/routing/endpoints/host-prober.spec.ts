import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { hostOf } from '../../../test/support/routing-parts.js';
import type { RoutingTable } from '../routing-table.js';
import type { Host } from './host.js';
import { HostProber } from './host-prober.js';
import type { ProviderHealth } from './provider-health.js';
import { UNKNOWN_STATE } from './provider-state.js';

describe(HostProber.name, () => {
  let host: Host;
  let checked: number;
  let lastCheckAtMs: number | null;
  let sut: HostProber;

  beforeEach(() => {
    jest.useFakeTimers();
    checked = 0;
    lastCheckAtMs = null;
    host = hostOf(new FakeLlmProvider('ollama'), { policy: { breaker: { failures: 1, openMs: 20_000 } } });
    const health = {
      hostState: () => ({ ...UNKNOWN_STATE, lastCheckAtMs }),
      checkHost: () => {
        checked += 1;
        lastCheckAtMs = Date.now();
        return Promise.resolve(UNKNOWN_STATE);
      },
    };
    sut = new HostProber({ allHosts: () => [host] } as unknown as RoutingTable, health as unknown as ProviderHealth);
    sut.onApplicationBootstrap();
  });
  afterEach(() => {
    sut.onModuleDestroy();
    jest.useRealTimers();
  });

  it('pings a server that nobody has asked for 30 s', () => {
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
      host.answered();
    }
    expect(checked).toBe(0);
  });

  it('pings one that failed last at once, and no more once it is back', () => {
    host.broke('No.');
    jest.advanceTimersByTime(1_000);
    expect(checked).toBe(1);
    host.pingSucceeded();
    jest.advanceTimersByTime(10_000);
    expect(checked).toBe(1);
  });

  it('pings one that stays away less and less often, every 30 s in the end', () => {
    host.broke('No.');
    jest.advanceTimersByTime(5_000);
    expect(checked).toBeGreaterThanOrEqual(4);
    jest.advanceTimersByTime(600_000);
    expect(checked).toBeLessThan(50);
    const before = checked;
    jest.advanceTimersByTime(60_000);
    expect(checked).toBe(before + 2);
  });

  it('pings one that failed last although its breaker is open: no request would show that it is back', () => {
    host.breaker.enter('m', 'x').unreachable();
    host.broke('No.');
    jest.advanceTimersByTime(1_000);
    expect(checked).toBe(1);
    host.pingSucceeded();
    expect(host.breaker.state).toBe('half_open');
  });

  it('pings one whose breaker is open before a request would have to try', () => {
    host.breaker.enter('m', 'x').unreachable();
    host.answered();
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
