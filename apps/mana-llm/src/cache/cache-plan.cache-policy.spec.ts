import { readCacheDirectives } from '../call/caller-wishes.js';
import { type CachePolicy, cachePolicy, isFresh, notCachedError } from './cache-plan.js';

const policyOf = (cacheControl: string | undefined, isReproducible = true, isEnabled = true): CachePolicy =>
  cachePolicy({ directives: readCacheDirectives(cacheControl), isReproducible, isEnabled });

const ALL = { reads: true, writes: true, onlyIfCached: false };
const NONE = { reads: false, writes: false, onlyIfCached: false };
const WRITES = { reads: false, writes: true, onlyIfCached: false };

describe(cachePolicy.name, () => {
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
  ])('reads %j of a request that is not reproducible', (cacheControl, expected) => {
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

describe(isFresh.name, () => {
  it.each<[number, number | undefined, boolean]>([
    [0, undefined, true],
    [1e9, undefined, true],
    [9_999, 10, true],
    [10_000, 10, true],
    [10_001, 10, false],
    [-5_000, 0, true],
  ])('of an answer of %s ms with max-age %s: %s', (ageMs, maxAgeSeconds, expected) => {
    jest.useFakeTimers();
    const stored = { value: 1, storedAtMs: Date.now() - ageMs };
    expect(isFresh(stored, maxAgeSeconds === undefined ? {} : { maxAgeSeconds })).toBe(expected);
    jest.useRealTimers();
  });

  it('is false where nothing is stored', () => {
    expect(isFresh(undefined, {})).toBe(false);
  });
});

describe(notCachedError.name, () => {
  it('is a 504 that says what to do and is not sent again by itself', () => {
    expect(notCachedError()).toMatchObject({
      status: 504,
      headers: { 'x-should-retry': 'false' },
      type: 'cache_error',
      code: 'not_cached',
      message: expect.stringMatching(/without only-if-cached/),
    });
  });
});
