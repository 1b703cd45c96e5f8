import type { CacheDirectives } from '../call/caller-wishes.js';
import { ApiError } from '@mana-llm/openai-api';
import { ageMsOf, type Stored } from './store/answer-store.js';

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
