import { subscribeGuarded } from '@mana-llm/llm-providers';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { pairwise } from 'rxjs';
import { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { type RoutingSnapshot, RoutingTable } from '../routing-table.js';
import { EndpointEvents } from './endpoint-events.js';
import { mergeStates, type ProviderState } from './endpoint-health.js';
import type { Endpoint } from './endpoint.js';
import type { ProviderPool } from './provider-pool.js';

export type ProviderStates = Record<string, Readonly<ProviderState>>;

/** Which providers work, as pings and real requests have shown. */
@Injectable()
export class ProviderHealth {
  private readonly logger = new Logger(ProviderHealth.name);

  constructor(
    private readonly table: RoutingTable,
    private readonly metrics: GatewayMetrics,
    events: EndpointEvents,
  ) {
    const error = (failure: unknown): void => this.logger.error(failure);
    subscribeGuarded(events.healthChanges$, { next: (endpoint) => this.changed(endpoint), error });
    subscribeGuarded(table.current$.pipe(pairwise()), { next: ([before, now]) => this.showAll(before, now), error });
  }

  /** The remembered states by provider; no endpoint is pinged. */
  states(): ProviderStates {
    const pools = [...this.table.current.pools.values()];
    return Object.fromEntries(pools.map((pool) => [pool.name, stateOf(pool)]));
  }

  /** All states, after pings where they are stale, all at the same time. */
  async check(): Promise<ProviderStates> {
    await Promise.all(this.table.allEndpoints().map(({ health }) => health.check()));
    return this.states();
  }

  /** True as soon as one provider has shown that it works: a slow or dead one does not hold up the answer. */
  async isAnyHealthy(): Promise<boolean> {
    const checks = this.table.allEndpoints().map(async ({ health }) => {
      const { status, lastError } = await health.check();
      if (status !== 'healthy') throw new Error(lastError ?? status);
    });
    return Promise.any(checks).then(
      () => true,
      () => false,
    );
  }

  private changed({ id, provider, health }: Endpoint): void {
    const { status, lastError } = health.state;
    const pool = this.table.current.pools.get(provider.name.toLowerCase());
    if (pool !== undefined) this.show(pool);
    if (status === 'healthy') this.logger.log(`${id} answers`);
    else if (status === 'absent') this.logger.log(`${id} is not there, and nothing names it: it is left out`);
    else this.logger.warn(`${id} is unhealthy: ${lastError}`);
  }

  /** A gauge keeps its last value: providers may be gone, and the endpoints of others have changed. */
  private showAll(before: RoutingSnapshot, now: RoutingSnapshot): void {
    for (const { name } of before.pools.values()) this.metrics.providerUnknown({ provider: name });
    for (const pool of now.pools.values()) this.show(pool);
  }

  private show(pool: ProviderPool): void {
    const { status } = stateOf(pool);
    const isKnown = status === 'healthy' || status === 'unhealthy';
    if (isKnown) this.metrics.providerHealthy({ provider: pool.name, healthy: status === 'healthy' });
  }
}

function stateOf({ endpoints }: ProviderPool): Readonly<ProviderState> {
  return mergeStates(endpoints.map(({ health }) => health.state));
}

const TICK_MS = 1_000;
/** How long nothing may be heard of an endpoint before it is pinged. */
const PROBE_INTERVAL_MS = 30_000;
/** One that fails is pinged again after this part of the time that it has failed for. */
const FAILING_SHARE = 4;

/**
 * Pings endpoints in the background, by the cheapest request that they have and never by one that costs money: those that failed last,
 * so that they are used again soon after they are back; those whose breaker is open, before a request has to try; those that no
 * request has gone to for a while.
 */
@Injectable()
export class EndpointProber implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private readonly startedAtMs = Date.now();

  constructor(private readonly table: RoutingTable) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Pings the endpoints that are due. */
  tick(nowMs = Date.now()): void {
    for (const endpoint of this.table.allEndpoints()) {
      if (this.isDue(endpoint, nowMs)) void endpoint.health.check();
    }
  }

  private isDue({ breaker, health }: Endpoint, nowMs: number): boolean {
    const { state, nextTryAtMs = Infinity } = breaker;
    const heardAtMs = Math.max(this.startedAtMs, health.lastUsedAtMs, health.state.lastCheckAtMs ?? 0);
    if (nowMs - heardAtMs >= PROBE_INTERVAL_MS) return true;
    if (state === 'open' && nextTryAtMs - nowMs <= TICK_MS) return true;
    // Soon after it has gone, for it may be a restart; the longer it is gone, the less often.
    return health.isSuspect && nowMs - heardAtMs >= Math.floor(health.failingForMs / FAILING_SHARE);
  }
}
