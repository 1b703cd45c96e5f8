import { createHash } from 'node:crypto';
import { ApiError } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { CacheDirectives } from '../call/caller-wishes.js';
import { ageMsOf, AnswerStore, type Stored } from './store/answer-store.js';
import type { Caller, Call } from '../call/call.js';
import type { Route } from '../routing/candidates.js';
import { type CachedKind, CacheReporter } from './cache-reporter.js';
import { hasMoreValues } from './canonical-hash.js';

/** What may be done with stored answers for one request. */
export interface CachePolicy {
  reads: boolean;
  writes: boolean;
  /** No model may be asked: where no stored answer fits, the request fails with `notCachedError()`. */
  onlyIfCached: boolean;
  /** The greatest age of a stored answer that may be given; undefined: any age. */
  maxAgeSeconds?: number;
}

export interface CachePolicyOptions {
  directives: CacheDirectives;
  /** Whether the caller wants the same answer to the same request. */
  isReproducible: boolean;
  /** False where the gateway caches nothing. */
  isEnabled: boolean;
}

/**
 * A request that is not reproducible gets a stored answer only where its caller asks for one: by `max-age`, or by `only-if-cached`,
 * which allows no other answer.
 */
export function cachePolicy({ directives, isReproducible, isEnabled }: CachePolicyOptions): CachePolicy {
  const { noStore, noCache, onlyIfCached, maxAgeSeconds } = directives;
  const isAllowed = isEnabled && !noStore;
  const isWanted = isReproducible || maxAgeSeconds !== undefined;
  return {
    // No stored answer is 0 seconds old.
    reads: isAllowed && !noCache && maxAgeSeconds !== 0 && (isWanted || onlyIfCached),
    writes: isAllowed && isWanted,
    onlyIfCached,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}

/** Whether there is a stored answer, and the caller takes one of its age. */
export function isFresh<T>(
  stored: Stored<T> | undefined,
  { maxAgeSeconds = Infinity }: Pick<CachePolicy, 'maxAgeSeconds'>,
): stored is Stored<T> {
  return stored !== undefined && ageMsOf(stored) <= maxAgeSeconds * 1000;
}

/** 504 for `only-if-cached` without a stored answer (RFC 9111, 5.2.1.7). The header keeps OpenAI's clients from trying again. */
export function notCachedError(): ApiError {
  return new ApiError(
    504,
    'No stored answer fits this request, and "cache-control: only-if-cached" forbids asking a model. Send it without only-if-cached.',
    { type: 'cache_error', code: 'not_cached', headers: { 'x-should-retry': 'false' } },
  );
}

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
