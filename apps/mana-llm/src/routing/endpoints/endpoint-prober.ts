import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Endpoint } from './endpoint.js';
import { RoutingTable } from '../routing-table.js';

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
