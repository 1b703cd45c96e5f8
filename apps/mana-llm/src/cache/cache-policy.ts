import type { IncomingHttpHeaders } from 'node:http';
import { readCacheDirectives } from '../call/cache-directives.js';

/** What may be done with stored answers for one request. */
export interface CachePolicy {
  reads: boolean;
  writes: boolean;
  /** No model is to be asked: what is not stored is answered by `notCachedError()`. */
  onlyIfCached: boolean;
  /** A stored answer may be this old at most; undefined: as old as it comes. */
  maxAgeSeconds?: number;
}

export interface CachePolicyOptions {
  headers: IncomingHttpHeaders;
  /** Whether the same request would be answered the same again. */
  isReproducible: boolean;
  /** False where the gateway caches nothing. */
  isEnabled: boolean;
}

/**
 * An answer that would not come out the same again is shared only where the caller asks for that, by `max-age`, or by
 * `only-if-cached`, which could not be answered otherwise.
 */
export function readCachePolicy({ headers, isReproducible, isEnabled }: CachePolicyOptions): CachePolicy {
  const { noStore, noCache, onlyIfCached, maxAgeSeconds } = readCacheDirectives(headers['cache-control']);
  const isAllowed = isEnabled && !noStore;
  const isWanted = isReproducible || maxAgeSeconds !== undefined;
  return {
    // Nothing that is stored is 0 seconds old.
    reads: isAllowed && !noCache && maxAgeSeconds !== 0 && (isWanted || onlyIfCached),
    writes: isAllowed && isWanted,
    onlyIfCached,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}
