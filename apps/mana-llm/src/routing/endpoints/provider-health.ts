import { subscribeGuarded } from '@mana-llm/llm-providers';
import { Injectable, Logger } from '@nestjs/common';
import { pairwise } from 'rxjs';
import { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { HostEvents, type HostOutcome } from './host-events.js';
import type { Host } from './host.js';
import type { ProviderPool } from './provider-pool.js';
import type { RoutingSnapshot } from '../routing-snapshot.js';
import { RoutingTable } from '../routing-table.js';
import { mergeStates } from './merge-states.js';
import type { ProviderState } from './provider-state.js';
import { WatchedHost } from './watched-host.js';

export type ProviderStates = Record<string, Readonly<ProviderState>>;

/** Which providers work, as pings and real requests have shown. */
@Injectable()
export class ProviderHealth {
  private readonly logger = new Logger(ProviderHealth.name);
  /** A server that is used no more is forgotten with it. */
  private readonly watched = new WeakMap<Host, WatchedHost>();

  constructor(
    private readonly table: RoutingTable,
    private readonly metrics: GatewayMetrics,
    events: HostEvents,
  ) {
    const error = (failure: unknown): void => this.logger.error(failure);
    subscribeGuarded(events.outcomes$, { next: (outcome) => this.record(outcome), error });
    subscribeGuarded(table.current$.pipe(pairwise()), { next: ([before, now]) => this.tellAnew(before, now), error });
  }

  /** The remembered states by provider; nobody is asked. */
  states(): ProviderStates {
    const pools = [...this.table.current.pools.values()];
    return Object.fromEntries(pools.map((pool) => [pool.name, this.stateOf(pool)]));
  }

  /** The remembered state of one server. */
  hostState(host: Host): Readonly<ProviderState> {
    return this.watch(host).state;
  }

  /** All states, the stale ones asked for anew, all at the same time. */
  async check(): Promise<ProviderStates> {
    await Promise.all(this.table.allHosts().map((host) => this.checkHost(host)));
    return this.states();
  }

  /** The state of one server, asked for anew when it is stale. */
  checkHost(host: Host): Promise<Readonly<ProviderState>> {
    return this.watch(host).check();
  }

  /** True as soon as one provider has shown that it works: a slow or dead one does not hold up the answer. */
  async isAnyHealthy(): Promise<boolean> {
    const checks = this.table.allHosts().map(async (host) => {
      const { status, lastError } = await this.checkHost(host);
      if (status !== 'healthy') throw new Error(lastError ?? status);
    });
    return Promise.any(checks).then(
      () => true,
      () => false,
    );
  }

  private record({ host, failure }: HostOutcome): void {
    const watched = this.watch(host);
    const { isDown } = host.breaker;
    if (failure !== undefined) watched.recordFailure(failure);
    // What was sent before the breaker opened may still be answered.
    else if (!isDown) watched.recordSuccess();
    if (isDown) watched.recordOpen();
  }

  private stateOf({ hosts }: ProviderPool): Readonly<ProviderState> {
    return mergeStates(hosts.map((host) => this.hostState(host)));
  }

  private watch(host: Host): WatchedHost {
    const known = this.watched.get(host);
    if (known !== undefined) return known;
    const watched = new WatchedHost(host, (state) => this.reportChange(host, state));
    this.watched.set(host, watched);
    return watched;
  }

  private reportChange(host: Host, { status, lastError }: Readonly<ProviderState>): void {
    const { name } = host.provider;
    const pool = this.table.current.pools.get(name.toLowerCase());
    if (pool !== undefined) this.tell(pool);
    if (status === 'healthy') this.logger.log(`${host.id} answers`);
    else if (status === 'absent') this.logger.log(`${host.id} is not there, and nothing names it: it is left out`);
    else this.logger.warn(`${host.id} is unhealthy: ${lastError}`);
  }

  /** A gauge outlives what it tells of: providers may be gone, and the servers of others have changed. */
  private tellAnew(before: RoutingSnapshot, now: RoutingSnapshot): void {
    for (const { name } of before.pools.values()) this.metrics.providerUnknown({ provider: name });
    for (const pool of now.pools.values()) this.tell(pool);
  }

  private tell(pool: ProviderPool): void {
    const { status } = this.stateOf(pool);
    const isKnown = status === 'healthy' || status === 'unhealthy';
    if (isKnown) this.metrics.providerHealthy({ provider: pool.name, healthy: status === 'healthy' });
  }
}
