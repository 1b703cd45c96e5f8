import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { poolOf } from '../../test/support/routing-parts.js';
import type { Host } from './host.js';
import { ProviderPool } from './provider-pool.js';

const NOBODY: ReadonlySet<Host> = new Set();

describe(ProviderPool.name, () => {
  let nowMs: number;
  let pool: ProviderPool;
  let first: Host;
  let second: Host;

  const create = (...contextLengths: [number | undefined, ...(number | undefined)[]]): ProviderPool => {
    const [one, ...others] = contextLengths.map(
      (tokens) => new FakeLlmProvider('ollama', { contextLengthOf: () => tokens }),
    );
    if (one === undefined) throw new Error('a pool has a server');
    return poolOf([one, ...others], { nowMs: () => nowMs, policy: { breaker: { failures: 1, openMs: 5_000 } } });
  };

  beforeEach(() => {
    nowMs = 1_000_000;
    pool = create(undefined, undefined);
    [first, second] = pool.hosts as [Host, Host];
  });

  it('gives equal servers by turns', () => {
    const turns = [1, 2, 3, 4].map(() => pool.next('m', NOBODY));
    expect(new Set(turns.slice(0, 2))).toEqual(new Set([first, second]));
    expect(turns.slice(2)).toEqual(turns.slice(0, 2));
  });

  it('gives each server once, then none', () => {
    const tried = new Set<Host>();
    for (let host = pool.next('m', tried); host !== undefined; host = pool.next('m', tried)) tried.add(host);
    expect(tried).toEqual(new Set([first, second]));
  });

  it('passes over servers that may not be asked for the model', () => {
    first.parked.park('m', 2_000);
    expect([1, 2, 3].map(() => pool.next('m', NOBODY))).toEqual([second, second, second]);
    second.breaker.tryEnter()?.failed();
    expect(pool.next('m', NOBODY)).toBeUndefined();
    expect(pool.next('other', NOBODY)).toBe(first);
  });

  it('is available while one of its servers is, then tells what ends first', () => {
    first.breaker.tryEnter()?.failed();
    expect(pool.unavailability('m')).toBeUndefined();
    second.parked.park('m', 9_000);
    expect(pool.unavailability('m')).toMatchObject({ reason: 'breaker_open', retryAfterMs: 5_000 });
    nowMs += 4_999;
    first.pingFailed();
    second.parked.park('m', 1);
    expect(pool.unavailability('m')).toMatchObject({ reason: 'breaker_open', retryAfterMs: 1_000 });
    nowMs += 1;
    expect(pool.unavailability('m')).toBeUndefined();
  });

  it.each<[[number | undefined, ...(number | undefined)[]], number | undefined]>([
    [[4_096], 4_096],
    [[4_096, 8_192], 8_192],
    [[4_096, undefined], undefined],
    [[undefined], undefined],
  ])('knows of contexts of %j that the model takes %s tokens', (lengths, expected) => {
    expect(create(...lengths).contextLengthOf('m')).toBe(expected);
  });
});
