import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../call/gateway-call.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';

export type CachedKind = 'chat' | 'embedding';
/** How a request was answered, as `x-mana-llm-cache` says it. */
export type CacheResult = 'hit' | 'miss' | 'coalesced' | 'bypass';

export interface CachedAnswer {
  /** Whether the work was done under this caller's call. */
  isLeader: boolean;
  /** The model that has answered. */
  model: string;
  /** Undefined for an answer that does not come from the cache. */
  ageMs?: number | undefined;
}

/** Tells the caller, its record and the metrics where an answer comes from. */
@Injectable()
export class CacheTeller {
  constructor(private readonly metrics: GatewayMetrics) {}

  bypassed(kind: CachedKind, call: GatewayCall): void {
    this.tell(kind, call, 'bypass');
  }

  /** Told before a model is asked, so that an error has the header too. */
  missing(call: GatewayCall): void {
    call.setHeader('x-mana-llm-cache', 'miss');
  }

  answered(kind: CachedKind, call: GatewayCall, { isLeader, model, ageMs }: CachedAnswer): void {
    if (ageMs !== undefined) {
      this.tell(kind, call, 'hit');
      call.setHeader('age', String(Math.floor(ageMs / 1000)));
    } else this.tell(kind, call, isLeader ? 'miss' : 'coalesced');
    if (ageMs === undefined && isLeader) return;
    call.resolved(model, 0);
    // Whoever waited for another's answer has waited for the provider, and not for the gateway.
    const upstreamMs = ageMs === undefined ? performance.now() - call.record.startedAtMs : 0;
    Object.assign(call.record, { model, provider: model.split('/', 1)[0], attempts: 0, upstreamMs });
  }

  private tell(kind: CachedKind, call: GatewayCall, result: CacheResult): void {
    call.setHeader('x-mana-llm-cache', result);
    this.metrics.cacheAnswered({ kind, result });
  }
}
