import { CapabilityError, EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { type PoolParts, poolOf } from '../../../test/support/routing-parts.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import type { Candidate } from '../candidates.js';
import type { Endpoint } from '../endpoints/endpoint.js';
import { MemoryRetryBudget } from '../endpoints/provider-pool.js';
import { tryEndpoints, type TryTerms } from './try-endpoints.js';

const failed = (kind: 'connection_failed' | 'timeout' | 'bad_response'): UpstreamError =>
  new UpstreamError('No.', { provider: 'ollama', kind });
const refused = (status: number, retryAfterMs?: number): UpstreamError =>
  new UpstreamError('No.', {
    provider: 'ollama',
    kind: 'refused',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe(tryEndpoints.name, () => {
  let controller: AbortController;
  let retried: unknown[];
  let sentTo: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    controller = new AbortController();
    retried = [];
    sentTo = [];
  });
  afterEach(() => jest.useRealTimers());

  const candidate = (endpoints: number, parts: PoolParts = {}): Candidate => {
    const [first = new FakeLlmProvider('ollama'), ...others] = Array.from(
      { length: endpoints },
      () => new FakeLlmProvider('ollama'),
    );
    return { name: 'ollama/m', model: 'm', pool: poolOf([first, ...others], parts) };
  };
  const terms = (parts: Partial<TryTerms> = {}): TryTerms => ({
    request: { model: 'm', caller: 'x', isLowPriority: false, signal: controller.signal },
    retries: 1,
    retryUntilMs: Date.now() + 10_000,
    mayWait: true,
    onRetry: (error) => retried.push(error),
    ...parts,
  });

  /** Each request is answered with, or fails by, the next outcome; waits pass at once. */
  const run = async (
    asked: Candidate,
    outcomes: (string | Error)[],
    parts: Partial<TryTerms> = {},
  ): Promise<unknown> => {
    const running = tryEndpoints(asked, terms(parts), async (attempt) => {
      sentTo.push((attempt.endpoint as Endpoint).id);
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      attempt.succeeded();
      return outcome;
    }).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(20_000);
    return running;
  };

  it('asks one endpoint', async () => {
    expect(await run(candidate(1), ['hello'])).toBe('hello');
    expect(sentTo).toEqual(['ollama']);
  });

  it('asks the next endpoint at once after a failure that it may mend', async () => {
    expect(await run(candidate(3), [failed('connection_failed'), refused(500), 'hello'], { retries: 0 })).toBe('hello');
    expect(new Set(sentTo)).toEqual(new Set(['ollama#1', 'ollama#2', 'ollama#3']));
    expect(retried).toEqual([]);
  });

  it.each([
    ['a request that is wrong in itself', refused(400)],
    ['a model that cannot', new CapabilityError({ model: 'm', capability: 'vision', param: 'messages', others: [] })],
    ['an empty answer', new EmptyAnswerError('ollama', {})],
    [
      'the end of the caller’s own time',
      new UpstreamError('No.', { provider: 'ollama', kind: 'timeout', isCallersLimit: true }),
    ],
  ])('asks no other endpoint after %s', async (_what, error) => {
    expect(await run(candidate(2), [error, 'hello'])).toBe(error);
    expect(sentTo).toHaveLength(1);
  });

  it('asks an endpoint that failed last after the others', async () => {
    const asked = candidate(2);
    expect(await run(asked, [failed('connection_failed'), 'hello'])).toBe('hello');
    const [dead, alive] = sentTo;
    for (let request = 0; request < 4; request += 1) await run(asked, ['hello']);
    expect(sentTo.slice(2)).toEqual([alive, alive, alive, alive]);
    expect(dead).not.toBe(alive);
  });

  it.each([1, 2, 3])('asks an endpoint whose rest ends after %i looks at the clock', async (looks) => {
    const clock = { nowMs: 0, looks: Infinity };
    const asked = candidate(1, { nowMs: () => ((clock.looks -= 1) < 0 ? 1_000 : clock.nowMs) });
    asked.pool.endpoints[0]?.parked.park('m', 1_000);
    clock.looks = looks;
    const answer = await run(asked, ['hello'], { retries: 0 });
    expect(answer === 'hello' || answer instanceof CandidateUnavailableError).toBe(true);
    expect(await run(asked, ['hello'], { retries: 0 })).toBe('hello');
  });

  describe('retries', () => {
    it('a connection that broke', async () => {
      const error = failed('connection_failed');
      expect(await run(candidate(1), [error, 'hello'])).toBe('hello');
      expect(retried).toEqual([error]);
    });

    it.each([429, 503])('a %i with a short retry-after', async (status) => {
      expect(await run(candidate(1), [refused(status, 1_000), 'hello'])).toBe('hello');
      expect(retried).toHaveLength(1);
    });

    it.each<[string, UpstreamError, Partial<TryTerms>]>([
      ['a timeout', failed('timeout'), {}],
      ['a 500', refused(500), {}],
      ['a 429 while another candidate is left', refused(429, 1_000), { mayWait: false }],
      ['a connection when it has no retries', failed('connection_failed'), { retries: 0 }],
      ['a connection when the time is over', failed('connection_failed'), { retryUntilMs: 0 }],
    ])('not %s', async (_what, error, parts) => {
      expect(await run(candidate(1), [error, 'hello'], parts)).toBe(error);
      expect(retried).toEqual([]);
    });

    it('no more often than it is allowed to', async () => {
      const errors = [1, 2, 3, 4].map(() => failed('connection_failed'));
      expect(await run(candidate(1), [...errors, 'hello'], { retries: 3 })).toBe(errors[3]);
      expect(sentTo).toHaveLength(4);
    });

    it('not what would be refused by itself meanwhile, and throws what the endpoint said', async () => {
      const retryBudget = new MemoryRetryBudget();
      const takeRetry = jest.spyOn(retryBudget, 'takeRetry');
      const asked = candidate(1, { retryBudget, policy: { breaker: { failures: 1, openMs: 30_000 } } });
      const error = failed('connection_failed');
      expect(await run(asked, [error, 'hello'])).toBe(error);
      expect(retried).toEqual([]);
      expect(takeRetry).not.toHaveBeenCalled();
    });

    it('not when its provider’s budget is spent', async () => {
      const retryBudget = new MemoryRetryBudget();
      while (retryBudget.takeRetry());
      const error = failed('connection_failed');
      expect(await run(candidate(1, { retryBudget }), [error, 'hello'])).toBe(error);
    });

    it('not once the caller has left, even while it waits', async () => {
      const running = tryEndpoints(candidate(1), terms(), () => Promise.reject(refused(429, 1_000))).catch(
        (error: unknown) => error,
      );
      await jest.advanceTimersByTimeAsync(500);
      controller.abort(new DOMException('gone', 'AbortError'));
      expect(await running).toMatchObject({ name: 'AbortError' });
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('refuses by itself what would not be answered', async () => {
    const asked = candidate(1, { policy: { breaker: { failures: 1, openMs: 5_000 } } });
    await run(asked, [refused(500)]);
    expect(await run(asked, ['hello'])).toBe('hello');
    await run(asked, [refused(500)], { retries: 0 });
    const running = tryEndpoints(asked, terms({ retries: 0 }), async () => 'hello');
    // The 20 s that `run` lets pass are over: the breaker is half-open, and one request is let in.
    await expect(running).resolves.toBe('hello');
  });

  it('gives every place back', async () => {
    const asked = candidate(2);
    await run(asked, [failed('connection_failed'), 'hello']);
    await run(asked, [refused(400)]);
    expect(asked.pool.endpoints.map(({ queue }) => queue.running)).toEqual([0, 0]);
  });

  describe('with several busy endpoints', () => {
    /** Requests that run until they are told to end, and where each of them came to run. */
    const runMany = (asked: Candidate, count: number): { ends: Map<number, () => void>; at: Map<number, string> } => {
      const ends = new Map<number, () => void>();
      const at = new Map<number, string>();
      for (let index = 0; index < count; index += 1) {
        void tryEndpoints(asked, terms(), async (attempt) => {
          at.set(index, (attempt.endpoint as Endpoint).id);
          await new Promise<void>((resolve) => ends.set(index, resolve));
          attempt.succeeded();
        });
      }
      return { ends, at };
    };
    const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

    it('runs one that waits wherever a place comes free first', async () => {
      const asked = candidate(2, { policy: { concurrent: 1 } });
      const { ends, at } = runMany(asked, 4);
      await settle();
      expect([...at.keys()]).toEqual([0, 1]);
      const first = at.get(0);
      ends.get(0)?.();
      await settle();
      ends.get(2)?.();
      await settle();
      expect([at.get(2), at.get(3)]).toEqual([first, first]);
      expect(asked.pool.endpoints.map(({ queue }) => queue.waiting)).toEqual([0, 0]);
    });

    it('says why where a place came free and none may be asked any more', async () => {
      const asked = candidate(2, { policy: { concurrent: 1, breaker: { failures: 1, openMs: 60_000 } } });
      const { ends } = runMany(asked, 2);
      await settle();
      const waiting = tryEndpoints(asked, terms({ retries: 0 }), async () => 'hello').catch((error: unknown) => error);
      await settle();
      for (const endpoint of asked.pool.endpoints) endpoint.breaker.enter('m', 'x').unreachable();
      for (const { queue } of asked.pool.endpoints) queue.moveNextWaiter(() => true);
      expect(await waiting).toMatchObject({ status: 503, reason: 'breaker_open' });
      for (const end of ends.values()) end();
    });

    it('calls nobody to an endpoint that cannot serve the model', async () => {
      const providers = [
        new FakeLlmProvider('ollama'),
        new FakeLlmProvider('ollama', { placementOf: () => 'absent' }),
      ] as const;
      const pool = poolOf([...providers], { policy: { concurrent: 1 } });
      const asked = { name: 'ollama/m', model: 'm', pool };
      const [having, lacking] = pool.endpoints;
      const other = await lacking?.enter({
        model: 'other',
        caller: 'x',
        isLowPriority: false,
        signal: controller.signal,
      });
      const { ends, at } = runMany(asked, 2);
      await settle();
      other?.succeeded();
      await settle();
      expect([at.size, having?.queue.waiting]).toEqual([1, 1]);
      ends.get(0)?.();
      await settle();
      expect(at.get(1)).toBe(having?.id);
    });
  });
});
