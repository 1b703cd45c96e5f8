import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../http/gateway-call.js';
import { AnswerStore } from './answer-store.js';
import { type CachePolicy, readCachePolicy } from './cache-policy.js';
import { cacheScope } from './cache-scope.js';
import { type CachedKind, CacheTeller } from './cache-teller.js';
import { notCachedError } from './not-cached-error.js';

/** How a call uses the cache, and with whom it shares. */
export interface CacheUse {
  policy: CachePolicy;
  scope: string | undefined;
}

/** Lets calls to the cache, as their callers and the configuration have it. */
@Injectable()
export class CacheGate {
  constructor(
    private readonly store: AnswerStore,
    private readonly teller: CacheTeller,
  ) {}

  /** Undefined for a call that passes the cache by. Throws where such a call wants nothing but the cache to answer. */
  open(kind: CachedKind, call: GatewayCall, isReproducible: boolean): CacheUse | undefined {
    const { caller, headers } = call;
    const scope = cacheScope(caller, headers);
    const policy = readCachePolicy({ headers, isReproducible, isEnabled: this.store.isEnabled });
    if (policy.reads || policy.writes) return { policy, scope };
    this.teller.bypassed(kind, call);
    if (policy.onlyIfCached) throw notCachedError();
    return undefined;
  }
}
