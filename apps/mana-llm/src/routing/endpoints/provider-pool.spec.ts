import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { poolOf } from '../../../test/support/routing-parts.js';
import { WaiterMoved } from '../admission/admission-queue.js';
import type { Endpoint } from './endpoint.js';
import { ProviderPool } from './provider-pool.js';

const NOBODY: readonly Endpoint[] = [];

describe(ProviderPool.name, () => {
  let nowMs: number;
  let pool: ProviderPool;
  let first: Endpoint;
  let second: Endpoint;

  const create = (...contextLengths: [number | undefined, ...(number | undefined)[]]): ProviderPool => {
    const [one, ...others] = contextLengths.map(
      (tokens) => new FakeLlmProvider('ollama', { contextLengthOf: () => tokens }),
    );
    if (one === undefined) throw new Error('a pool has an endpoint');
    return poolOf([one, ...others], { nowMs: () => nowMs, policy: { breaker: { failures: 1, openMs: 5_000 } } });
  };

  beforeEach(() => {
    nowMs = 1_000_000;
    pool = create(undefined, undefined);
    [first, second] = pool.endpoints as [Endpoint, Endpoint];
  });

  it('gives equal endpoints by turns', () => {
    const turns = [1, 2, 3, 4].map(() => pool.next('m', 'x', NOBODY));
    expect(new Set(turns.slice(0, 2))).toEqual(new Set([first, second]));
    expect(turns.slice(2)).toEqual(turns.slice(0, 2));
  });

  it('gives each endpoint once, then none', () => {
    const tried: Endpoint[] = [];
    for (let endpoint = pool.next('m', 'x', tried); endpoint !== undefined; endpoint = pool.next('m', 'x', tried))
      tried.push(endpoint);
    expect(new Set(tried)).toEqual(new Set([first, second]));
    expect(tried).toHaveLength(2);
  });

  it('passes over endpoints that may not be asked for the model', () => {
    first.parked.park('m', 2_000);
    expect([1, 2, 3].map(() => pool.next('m', 'x', NOBODY))).toEqual([second, second, second]);
    second.breaker.enter('m', 'x').unreachable();
    expect(pool.next('m', 'x', NOBODY)).toBeUndefined();
    expect(pool.next('other', 'x', NOBODY)).toBe(first);
  });

  it('passes over an endpoint for the callers alone who may not ask the model there', () => {
    first.breaker.enter('m', 'x').modelFailed({ hasAnswered: true });
    expect([1, 2].map(() => pool.next('m', 'x', NOBODY))).toEqual([second, second]);
    expect(new Set([1, 2].map(() => pool.next('m', 'v', NOBODY)))).toEqual(new Set([first, second]));
    second.parked.park('m', 9_000);
    expect(pool.unavailability('m', 'x')).toMatchObject({ reason: 'breaker_open', retryAfterMs: 5_000 });
    expect(pool.unavailability('m', 'v')).toBeUndefined();
  });

  it.each([
    ['nobody', 'who may not ask the model there', 'x', 1],
    ['a caller', 'who may', 'v', 0],
  ])('calls %s to an endpoint with a free place %s', async (_whom, _who, waiting, left) => {
    pool = poolOf([new FakeLlmProvider('ollama'), new FakeLlmProvider('ollama')], {
      nowMs: () => nowMs,
      policy: { breaker: { failures: 1, openMs: 5_000 }, concurrent: 1 },
    });
    [first, second] = pool.endpoints as [Endpoint, Endpoint];
    const enter = (endpoint: Endpoint, model: string, caller: string) =>
      endpoint.enter({ model, caller, isLowPriority: false, signal: new AbortController().signal });
    first.breaker.enter('fine', 'x').succeeded();
    first.breaker.enter('m', 'x').modelFailed({ hasAnswered: true });
    const running = await enter(first, 'fine', 'x');
    await enter(second, 'm', 'x');
    const waiter = enter(second, 'm', waiting).catch((error: unknown) => error);
    running.succeeded();
    expect(second.queue.waiting).toBe(left);
    if (left === 0) expect(await waiter).toBeInstanceOf(WaiterMoved);
  });

  it('is available while one of its endpoints is, then tells what ends first', () => {
    first.breaker.enter('m', 'x').unreachable();
    expect(pool.unavailability('m')).toBeUndefined();
    second.parked.park('m', 9_000);
    expect(pool.unavailability('m')).toMatchObject({ reason: 'breaker_open', retryAfterMs: 5_000 });
    nowMs += 4_999;
    first.health.pingFailed();
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
