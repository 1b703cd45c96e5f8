import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Host } from './host.js';
import { RoutingTable } from '../routing-table.js';
import { ProviderHealth } from './provider-health.js';

const TICK_MS = 1_000;
/** How long nothing may be heard of a server before it is pinged. */
const PROBE_INTERVAL_MS = 30_000;
/** One that fails is pinged again after this part of the time that it has failed for. */
const FAILING_SHARE = 4;

/**
 * Pings servers in the background, by the cheapest request that they have and never one that is paid for: those that failed last, so
 * that they are used again soon after they are back; those whose breaker is open, before a request has to try; those that
 * nobody has asked for a while.
 */
@Injectable()
export class HostProber implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private readonly startedAtMs = Date.now();

  constructor(
    private readonly table: RoutingTable,
    private readonly health: ProviderHealth,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Pings whoever is due. */
  tick(nowMs = Date.now()): void {
    for (const host of this.table.allHosts()) {
      if (this.isDue(host, nowMs)) void this.health.checkHost(host);
    }
  }

  private isDue(host: Host, nowMs: number): boolean {
    const { state, nextTryAtMs = Infinity } = host.breaker;
    const heardAtMs = Math.max(this.startedAtMs, host.lastUsedAtMs, this.health.hostState(host).lastCheckAtMs ?? 0);
    if (nowMs - heardAtMs >= PROBE_INTERVAL_MS) return true;
    if (state === 'open' && nextTryAtMs - nowMs <= TICK_MS) return true;
    // Soon after it has gone, for it may be a restart; the longer it is gone, the less often.
    return host.isSuspect && nowMs - heardAtMs >= Math.floor(host.failingForMs / FAILING_SHARE);
  }
}
