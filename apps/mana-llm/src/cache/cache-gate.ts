import { Injectable } from '@nestjs/common';
import type { GatewayCall } from '../call/gateway-call.js';
import { AnswerStore } from './store/answer-store.js';
import { type CachePolicy, readCachePolicy } from './cache-policy.js';
import { cacheScope } from './cache-scope.js';
import { hasMoreValues } from './canonical-hash.js';
import { type CachedKind, CacheTeller } from './cache-teller.js';
import { notCachedError } from './not-cached-error.js';

/** How a call uses the cache, and with whom it shares. */
export interface CacheUse {
  policy: CachePolicy;
  scope: string | undefined;
}

export interface CachedRequest {
  request: object;
  /** Whether the same request would be answered the same again. */
  isReproducible: boolean;
}

/** The key of a request with more values takes longer than others should wait: some 40 ms. */
const MAX_KEYED_VALUES = 50_000;

/** Lets calls to the cache, as their callers and the configuration have it. */
@Injectable()
export class CacheGate {
  constructor(
    private readonly store: AnswerStore,
    private readonly teller: CacheTeller,
  ) {}

  /** Undefined for a call that passes the cache by. Throws where such a call wants nothing but the cache to answer. */
  open(kind: CachedKind, call: GatewayCall, { request, isReproducible }: CachedRequest): CacheUse | undefined {
    const { caller, headers } = call;
    const policy = readCachePolicy({ headers, isReproducible, isEnabled: this.store.isEnabled });
    const isWanted = policy.reads || policy.writes;
    if (isWanted && !hasMoreValues(request, MAX_KEYED_VALUES)) return { policy, scope: cacheScope(caller, headers) };
    this.teller.bypassed(kind, call);
    if (policy.onlyIfCached) throw notCachedError();
    return undefined;
  }
}
