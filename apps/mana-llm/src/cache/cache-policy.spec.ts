import { type CachePolicy, readCachePolicy } from './cache-policy.js';

const policyOf = (cacheControl: string | undefined, isReproducible = true, isEnabled = true): CachePolicy =>
  readCachePolicy({
    headers: cacheControl === undefined ? {} : { 'cache-control': cacheControl },
    isReproducible,
    isEnabled,
  });

const ALL = { reads: true, writes: true, onlyIfCached: false };
const NONE = { reads: false, writes: false, onlyIfCached: false };
const WRITES = { reads: false, writes: true, onlyIfCached: false };

describe(readCachePolicy.name, () => {
  it.each<[string | undefined, CachePolicy]>([
    [undefined, ALL],
    ['', ALL],
    ['no-transform, max-stale=5, min-fresh=3, x', ALL],
    ['no-store', NONE],
    ['No-Store', NONE],
    ['no-cache, no-store', NONE],
    ['no-cache', WRITES],
    [' ,, no-cache ;', WRITES],
    ['no-cache="x"', WRITES],
    ['max-age=60', { ...ALL, maxAgeSeconds: 60 }],
    ['MAX-AGE = 60', { ...ALL, maxAgeSeconds: 60 }],
    ['max-age="60"', { ...ALL, maxAgeSeconds: 60 }],
    ['x="a, no-store", max-age=60', { ...ALL, maxAgeSeconds: 60 }],
    ['x="a\\", no-store", max-age=60', { ...ALL, maxAgeSeconds: 60 }],
    ['max-age=60, max-age=5', { ...ALL, maxAgeSeconds: 5 }],
    ['max-age=99999999999999999999', { ...ALL, maxAgeSeconds: 2 ** 31 }],
    ['max-age=60, no-cache', { ...WRITES, maxAgeSeconds: 60 }],
    ['max-age=0', { ...WRITES, maxAgeSeconds: 0 }],
    ['max-age=abc', { ...WRITES, maxAgeSeconds: 0 }],
    ['max-age=-1', { ...WRITES, maxAgeSeconds: 0 }],
    ['max-age=1.5', { ...WRITES, maxAgeSeconds: 0 }],
    ['max-age', { ...WRITES, maxAgeSeconds: 0 }],
    ['only-if-cached', { ...ALL, onlyIfCached: true }],
    ['only-if-cached, no-store', { ...NONE, onlyIfCached: true }],
    ['not-no-store', ALL],
  ])('reads %j of a reproducible request', (cacheControl, expected) => {
    expect(policyOf(cacheControl)).toEqual(expected);
  });

  it.each<[string | undefined, CachePolicy]>([
    [undefined, NONE],
    ['no-cache', NONE],
    ['no-transform', NONE],
    ['max-age=60', { ...ALL, maxAgeSeconds: 60 }],
    ['max-age=60, no-store', { ...NONE, maxAgeSeconds: 60 }],
    ['max-age=0', { ...WRITES, maxAgeSeconds: 0 }],
    ['only-if-cached', { reads: true, writes: false, onlyIfCached: true }],
  ])('reads %j of a request that would be answered otherwise the next time', (cacheControl, expected) => {
    expect(policyOf(cacheControl, false)).toEqual(expected);
  });

  it.each<[string | undefined, Partial<CachePolicy>]>([
    [undefined, {}],
    ['no-cache', {}],
    ['max-age=60', { maxAgeSeconds: 60 }],
    ['only-if-cached', { onlyIfCached: true }],
  ])('neither reads nor writes for %j where nothing is cached', (cacheControl, expected) => {
    expect(policyOf(cacheControl, true, false)).toEqual({ ...NONE, ...expected });
  });
});
