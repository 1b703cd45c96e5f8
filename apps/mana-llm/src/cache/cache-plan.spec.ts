import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@mana-llm/openai-api';
import type { Caller, Call } from '../call/call.js';
import { CallerWishes } from '../call/caller-wishes.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { routedCall } from '../../test/support/routing-parts.js';
import { type CachePlan, CachePlanner, cacheScope } from './cache-plan.js';
import { CacheReporter } from './cache-reporter.js';
import type { AnswerStore } from './store/answer-store.js';

const within = (caller: Caller, name?: string): string | undefined =>
  cacheScope(caller, new CallerWishes(name === undefined ? {} : { 'x-mana-llm-cache-scope': name }).cacheScope);

/** Where the gateway has no keys. */
const scopeOf = (sentKey?: string, name?: string, principal = '10.0.0.1'): string | undefined =>
  within({ principal, isKeyChecked: false, ...(sentKey === undefined ? {} : { sentKey }) }, name);

/** Where it has keys. */
const scopeOfKey = (principal: string, name?: string): string | undefined =>
  within({ principal, isKeyChecked: true }, name);

describe(cacheScope.name, () => {
  it.each([[undefined], ['']])('is nobody’s own without a key and with %j as header', (name) => {
    expect(scopeOf(undefined, name)).toBeUndefined();
  });

  it('is the same for the same key and header', () => {
    expect(scopeOf('k', 'a')).toBe(scopeOf('k', 'a'));
    expect(scopeOf('k', '')).toBe(scopeOf('k'));
  });

  it('is another one for another key, another header, and a key that looks like a header', () => {
    const scopes = [
      scopeOf('k'),
      scopeOf('l'),
      scopeOf(undefined, 'k'),
      scopeOf('k', 'a'),
      scopeOf('l', 'a'),
      scopeOf(undefined, 'a'),
      scopeOf('ka'),
      scopeOf('k","a'),
      scopeOf(''),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
  });

  it('is where there are no keys the same from everywhere, for the same sent key as ever', () => {
    expect(scopeOf('k', 'a', '10.0.0.1')).toBe(scopeOf('k', 'a', '10.0.0.2'));
    expect(scopeOf(undefined, undefined, '10.0.0.2')).toBeUndefined();
    expect(scopeOf('k', 'a')).toBe('979fd7f1f74749cb768e1a67ffb02d3484393d9d1f564345d0e89a32e26031a8');
  });

  it('is where there are keys that of the key that was checked, and of the header within it', () => {
    expect(scopeOfKey('key-1')).toBe(scopeOfKey('key-1', ''));
    const scopes = [
      scopeOfKey('key-1'),
      scopeOfKey('key-2'),
      scopeOfKey('key-1', 'a'),
      scopeOfKey('key-2', 'a'),
      scopeOf('key-1'),
      scopeOf('key-1', 'a'),
      scopeOf('checked', 'key-1'),
      scopeOf(undefined, 'a'),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
    expect(scopes).not.toContain(undefined);
  });

  it('shows neither the key nor the header', () => {
    expect(scopeOf('sk-secret', 'tenant')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe(CachePlanner.name, () => {
  let results: object[];
  let isEnabled: boolean;

  beforeEach(() => {
    results = [];
    isEnabled = true;
  });

  const plan = (headers: IncomingHttpHeaders = {}, request: object = {}): CachePlan | undefined => {
    const metrics = { cacheAnswered: (answered: object) => results.push(answered) } as unknown as GatewayMetrics;
    const sut = new CachePlanner({ isEnabled } as AnswerStore, new CacheReporter(metrics));
    const call = {
      ...routedCall(new AbortController(), headers),
      setHeader: () => undefined,
    } as unknown as Call;
    return sut.plan('chat', call, { request, isReproducible: true });
  };

  it("reads the caller's directives, scope and priority", () => {
    expect(plan()).toEqual({
      policy: { reads: true, writes: true, onlyIfCached: false },
      scope: undefined,
      isLowPriority: false,
    });
    const headers = {
      'cache-control': 'max-age=60',
      'x-mana-llm-cache-scope': 'tenant',
      'x-mana-llm-priority': 'low',
    };
    expect(plan(headers)).toEqual({
      policy: { reads: true, writes: true, onlyIfCached: false, maxAgeSeconds: 60 },
      scope: expect.stringMatching(/^[0-9a-f]{64}$/),
      isLowPriority: true,
    });
    expect(results).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['its caller does not want it', () => plan({ 'cache-control': 'no-store' })],
    [
      'nothing is cached',
      () => {
        isEnabled = false;
        return plan();
      },
    ],
    ['it holds too many values for a key', () => plan({}, { list: Array<string>(50_001).fill('x') })],
  ])('has no plan for a request where %s, and reports that', (_why, planned) => {
    expect(planned()).toBeUndefined();
    expect(results).toEqual([{ kind: 'chat', result: 'bypass' }]);
  });

  it('refuses a request that only the cache may answer and that does not use it', () => {
    expect(() => plan({ 'cache-control': 'only-if-cached, no-store' })).toThrow(ApiError);
    expect(results).toEqual([{ kind: 'chat', result: 'bypass' }]);
  });
});
