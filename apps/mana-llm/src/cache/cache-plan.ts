import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller, Call } from '../call/call.js';
import type { Route } from '../routing/candidates.js';
import { type CachePolicy, cachePolicy, notCachedError } from './cache-policy.js';
import { type CachedKind, CacheReporter } from './cache-reporter.js';
import { hasMoreValues } from './canonical-hash.js';
import { AnswerStore } from './store/answer-store.js';

/** A request of a call that the cache may answer, with the models that may answer it otherwise. */
export interface CachedCall<R> {
  request: R;
  route: Route;
  call: Call;
}

/** How a call uses the cache, and with which other calls it shares answers. */
export interface CachePlan {
  policy: CachePolicy;
  scope: string | undefined;
  isLowPriority: boolean;
}

export interface PlannedRequest {
  request: object;
  /** Whether the caller wants the same answer to the same request. */
  isReproducible: boolean;
}

/** To make the key of a request with more values takes longer than other requests should wait: some 40 ms. */
const MAX_KEYED_VALUES = 50_000;

/** Decides from the caller's wishes and the configuration how a call uses the cache. */
@Injectable()
export class CachePlanner {
  constructor(
    private readonly store: AnswerStore,
    private readonly reporter: CacheReporter,
  ) {}

  /** Undefined for a call that does not use the cache. Throws where only the cache may answer such a call. */
  plan(kind: CachedKind, call: Call, { request, isReproducible }: PlannedRequest): CachePlan | undefined {
    const { caller, wishes } = call;
    const policy = cachePolicy({ directives: wishes.cacheDirectives, isReproducible, isEnabled: this.store.isEnabled });
    if ((policy.reads || policy.writes) && !hasMoreValues(request, MAX_KEYED_VALUES)) {
      const scope = cacheScope(caller, wishes.cacheScope);
      return { policy, scope, isLowPriority: wishes.isLowPriority };
    }
    this.reporter.bypassed(kind, call);
    if (policy.onlyIfCached) throw notCachedError();
    return undefined;
  }
}

/**
 * Callers share answers when they have the same scope: the same API key, and the same name in `x-mana-llm-cache-scope`. Where the
 * gateway has no keys, the key that the client sent counts. Undefined, a scope of its own, is for callers without a key and a name.
 * The scope is a digest, so that no key can be read where it is stored.
 */
export function cacheScope({ principal, isKeyChecked, sentKey }: Caller, name: string | null): string | undefined {
  if (!isKeyChecked && sentKey === undefined && name === null) return undefined;
  // Three entries for a checked key, two for a sent one: no client can send what gives it another's scope in a shared Redis.
  const scope = isKeyChecked ? ['checked', principal, name] : [sentKey ?? null, name];
  return createHash('sha256').update(JSON.stringify(scope)).digest('hex');
}
