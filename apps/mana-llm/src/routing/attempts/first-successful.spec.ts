import { CapabilityError, EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { latch } from '@mana-llm/llm-providers/testing';
import { ApiError } from '@mana-llm/openai-api';
import { candidateOf, unconfiguredCandidate } from '../../../test/support/routing-parts.js';
import { type Attempt, type FallbackOptions } from './candidate-race.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';
import type { Candidate, UnconfiguredCandidate } from '../candidates.js';
import { firstSuccessful, type Success } from './first-successful.js';

const ONE = candidateOf('a/one');
const TWO = candidateOf('b/two');
const THREE = candidateOf('c/three');
const NO_KEY = unconfiguredCandidate('d/no-key');

const refused = (status: number, retryAfterMs?: number): UpstreamError =>
  new UpstreamError(`No: ${status}.`, {
    provider: 'fake',
    kind: 'refused',
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
const empty = (answer: string): EmptyAnswerError<string> => new EmptyAnswerError('fake', answer);
const tooLong = (): UpstreamError =>
  new UpstreamError('Too long.', { provider: 'a', kind: 'refused', status: 400, code: 'context_length_exceeded' });
const blind = (model: string): CapabilityError =>
  new CapabilityError({ model, capability: 'vision', param: 'messages', others: [] });

describe(firstSuccessful.name, () => {
  let controller: AbortController;
  let onFallback: jest.MockedFunction<NonNullable<FallbackOptions['onFallback']>>;
  let tried: string[];

  beforeEach(() => {
    controller = new AbortController();
    onFallback = jest.fn();
    tried = [];
  });

  /** Each candidate answers with what stands under its name: a text, or an error to throw. */
  const run = (
    candidates: (Candidate | UnconfiguredCandidate)[],
    outcomes: Record<string, string | Error>,
  ): Promise<Success<string>> =>
    firstSuccessful(
      candidates,
      async ({ name }) => {
        tried.push(name);
        const outcome = outcomes[name];
        if (typeof outcome === 'string') return outcome;
        throw outcome ?? new Error(`${name} is not scripted`);
      },
      { signal: controller.signal, onFallback },
    );

  const failureOf = (running: Promise<unknown>): Promise<unknown> =>
    running.then(
      () => undefined,
      (error: unknown) => error,
    );

  const fallbacks = (): [string, string, string | undefined][] =>
    onFallback.mock.calls.map(([failed, next]) => [failed.candidate.name, failed.reason, next?.name]);

  it('asks nobody else once the time of the caller is over', async () => {
    const attempt = jest.fn<Promise<string>, [Candidate]>().mockRejectedValue(refused(503));
    const { signal } = controller;
    const late = firstSuccessful([ONE, TWO], attempt, { signal, deadlineAtMs: Date.now(), onFallback });
    await expect(late).rejects.toMatchObject({ status: 503 });
    expect(attempt).toHaveBeenCalledTimes(1);
    const inTime = firstSuccessful([ONE, TWO], attempt, { signal, deadlineAtMs: Date.now() + 60_000, onFallback });
    await expect(inTime).rejects.toMatchObject({ status: 503 });
    expect(attempt).toHaveBeenCalledTimes(3);
  });

  it('takes the first answer and asks nobody else', async () => {
    await expect(run([ONE, TWO], { 'a/one': 'hello' })).resolves.toEqual({
      value: 'hello',
      candidate: ONE,
      isEmpty: false,
    });
    expect(tried).toEqual(['a/one']);
    expect(onFallback).not.toHaveBeenCalled();
  });

  it('goes on in order after failures that another one may mend', async () => {
    const success = await run([ONE, TWO, THREE], { 'a/one': refused(429), 'b/two': refused(500), 'c/three': 'hello' });
    expect(success).toEqual({ value: 'hello', candidate: THREE, isEmpty: false });
    expect(fallbacks()).toEqual([
      ['a/one', 'rate_limit', 'b/two'],
      ['b/two', 'server_error', 'c/three'],
    ]);
  });

  it.each<[string, Error, string]>([
    ['a model that cannot', blind('a/one'), 'capability'],
    ['a prompt that is too long for it', tooLong(), 'context_length_exceeded'],
    ['a breaker that is open', new CandidateUnavailableError('a/one', 'breaker_open', 5_000), 'breaker_open'],
    ['a full queue', new CandidateUnavailableError('a/one', 'queue_full', 5_000), 'queue_full'],
  ])('goes on after %s', async (_what, error, reason) => {
    await expect(run([ONE, TWO], { 'a/one': error, 'b/two': 'hello' })).resolves.toMatchObject({ candidate: TWO });
    expect(fallbacks()).toEqual([['a/one', reason, 'b/two']]);
  });

  it.each([
    ['a request that is wrong in itself', refused(400)],
    ['a refusal of the gateway', ApiError.invalidRequest('No audio.')],
    ['a bug', new TypeError('oops')],
  ])('stops at %s', async (_what, error) => {
    await expect(run([ONE, TWO], { 'a/one': error, 'b/two': 'hello' })).rejects.toBe(error);
    expect(tried).toEqual(['a/one']);
    expect(onFallback).not.toHaveBeenCalled();
  });

  it('asks nobody else once the caller has left', async () => {
    const gone = refused(500);
    const leaving = firstSuccessful(
      [ONE, TWO],
      async ({ name }) => {
        tried.push(name);
        controller.abort();
        throw gone;
      },
      { signal: controller.signal, onFallback },
    );
    await expect(leaving).rejects.toBe(gone);
    expect(tried).toEqual(['a/one']);
  });

  it('tells each candidate whether another one is left', async () => {
    const lasts: boolean[] = [];
    const attempt: Attempt<string> = async (_candidate, { isLast }) => {
      lasts.push(isLast);
      throw refused(500);
    };
    await failureOf(firstSuccessful([ONE, TWO, NO_KEY], attempt, { signal: controller.signal }));
    expect(lasts).toEqual([false, true]);
  });

  describe('when none is left', () => {
    it('throws the error of the only candidate as it is', async () => {
      const error = refused(503);
      await expect(run([ONE], { 'a/one': error })).rejects.toBe(error);
      expect(onFallback).not.toHaveBeenCalled();
    });

    it('tells each candidate, its reason, its status and its time', async () => {
      const last = new UpstreamError('Slow.', { provider: 'fake', kind: 'timeout', phase: 'idle' });
      const error = await failureOf(run([ONE, NO_KEY, TWO], { 'a/one': refused(401), 'b/two': last }));
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({
        status: 503,
        cause: last,
        message: 'No candidate could answer: a/one (auth), d/no-key (unconfigured), b/two (timeout).',
        type: 'upstream_error',
        param: null,
        code: 'no_candidate_left',
        details: {
          attempts: [
            { model: 'a/one', reason: 'auth', status: 401, ms: expect.any(Number) },
            { model: 'd/no-key', reason: 'unconfigured', status: null, ms: 0 },
            { model: 'b/two', reason: 'timeout', status: null, ms: expect.any(Number) },
          ],
        },
      });
      expect(fallbacks()).toEqual([
        ['a/one', 'auth', 'd/no-key'],
        ['d/no-key', 'unconfigured', 'b/two'],
        ['b/two', 'timeout', undefined],
      ]);
    });

    it('tells the least time after which one of them may be asked again', async () => {
      const parked = new CandidateUnavailableError('b/two', 'rate_limit', 2_500);
      const error = await failureOf(
        run([ONE, TWO, THREE], { 'a/one': refused(429, 9_000), 'b/two': parked, 'c/three': refused(500) }),
      );
      expect(error).toMatchObject({ retryAfterMs: 2_500 });
    });

    it.each([
      [
        'no key works',
        [ONE, TWO, NO_KEY],
        { 'a/one': refused(401), 'b/two': refused(404) },
        { 'x-should-retry': 'false' },
      ],
      [
        'none can do or hold what is asked, or works',
        [ONE, TWO, THREE],
        { 'a/one': refused(401), 'b/two': blind('b/two'), 'c/three': tooLong() },
        { 'x-should-retry': 'false' },
      ],
      ['one of them may be back', [ONE, TWO], { 'a/one': refused(401), 'b/two': refused(500) }, {}],
    ])('tells whether a retry may help: %s', async (_what, candidates, outcomes, headers) => {
      expect(await failureOf(run(candidates, outcomes))).toMatchObject({ status: 503, headers });
    });

    it('gives the request’s own fault where it asks all of them for too much', async () => {
      const error = tooLong();
      expect(await failureOf(run([ONE, TWO], { 'a/one': blind('a/one'), 'b/two': error }))).toBe(error);
      expect(await failureOf(run([ONE, TWO], { 'a/one': error, 'b/two': refused(500) }))).toMatchObject({
        status: 503,
      });
    });

    it('says so when the only candidate has no key', async () => {
      await expect(run([NO_KEY], {})).rejects.toMatchObject({
        status: 503,
        message: 'No candidate could answer: d/no-key (unconfigured).',
      });
      expect(tried).toEqual([]);
    });
  });

  it('skips candidates without a key', async () => {
    await expect(run([NO_KEY, ONE], { 'a/one': 'hello' })).resolves.toMatchObject({ candidate: ONE });
    expect(tried).toEqual(['a/one']);
    expect(fallbacks()).toEqual([['d/no-key', 'unconfigured', 'a/one']]);
  });

  describe('at an empty answer', () => {
    it('goes on where another candidate is left', async () => {
      await expect(run([ONE, TWO], { 'a/one': empty('nothing'), 'b/two': 'hello' })).resolves.toMatchObject({
        value: 'hello',
        isEmpty: false,
      });
      expect(fallbacks()).toEqual([['a/one', 'empty_response', 'b/two']]);
    });

    it.each<[string, (Candidate | UnconfiguredCandidate)[]]>([
      ['the only candidate', [TWO]],
      ['the last one', [ONE, TWO]],
      ['the last one that can be tried', [ONE, TWO, NO_KEY]],
    ])('gives it as it came from %s', async (_what, candidates) => {
      await expect(run(candidates, { 'a/one': refused(500), 'b/two': empty('nothing') })).resolves.toEqual({
        value: 'nothing',
        candidate: TWO,
        isEmpty: true,
      });
    });

    it('tells of it when the others failed too', async () => {
      await expect(run([ONE, TWO], { 'a/one': empty('nothing'), 'b/two': refused(500) })).rejects.toMatchObject({
        message: 'No candidate could answer: a/one (empty_response), b/two (server_error).',
      });
    });
  });

  it('needs nobody to listen', async () => {
    await expect(
      firstSuccessful([NO_KEY, ONE], async () => 'hello', { signal: controller.signal }),
    ).resolves.toMatchObject({ value: 'hello' });
  });

  describe('with hedging', () => {
    /** A candidate that answers when the test says so. */
    interface Play {
      answer: (outcome: string | Error) => void;
      signal: AbortSignal;
    }
    const plays = new Map<string, Play>();
    const hedged: string[] = [];

    beforeEach(() => {
      jest.useFakeTimers();
      plays.clear();
      hedged.length = 0;
    });
    afterEach(() => jest.useRealTimers());

    const attempt: Attempt<string> = ({ name }, { signal }) =>
      new Promise((resolve, reject) => {
        plays.set(name, {
          signal,
          answer: (outcome) => (typeof outcome === 'string' ? resolve(outcome) : reject(outcome)),
        });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });

    const race = (candidates: (Candidate | UnconfiguredCandidate)[]): Promise<Success<string>> =>
      firstSuccessful(candidates, attempt, {
        signal: controller.signal,
        hedgeAfterMs: () => 100,
        onHedge: ({ name }) => hedged.push(name),
        onFallback,
      });

    const play = ({ name }: { name: string }): Play => {
      const found = plays.get(name);
      if (!found) throw new Error(`${name} was not tried`);
      return found;
    };
    const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

    it('starts the next one beside one that is slow, and the first to answer wins', async () => {
      const racing = race([ONE, TWO, THREE]);
      await pass(99);
      expect([...plays.keys()]).toEqual(['a/one']);
      await pass(1);
      expect([...plays.keys()]).toEqual(['a/one', 'b/two']);
      play(TWO).answer('hello');
      await expect(racing).resolves.toEqual({ value: 'hello', candidate: TWO, isEmpty: false });
      expect(play(ONE).signal.aborted).toBe(true);
      expect(play(TWO).signal.aborted).toBe(false);
      expect(hedged).toEqual(['b/two']);
      expect(onFallback).not.toHaveBeenCalled();
    });

    it('stops the second one when the first one answers after all', async () => {
      const racing = race([ONE, TWO]);
      await pass(100);
      play(ONE).answer('hello');
      await expect(racing).resolves.toMatchObject({ candidate: ONE });
      expect(play(TWO).signal.aborted).toBe(true);
    });

    it('runs two at once and not more', async () => {
      const racing = race([ONE, TWO, THREE]);
      await pass(10_000);
      expect([...plays.keys()]).toEqual(['a/one', 'b/two']);
      play(ONE).answer('hello');
      await racing;
    });

    it('waits for the other one when one of two fails, and hedges again', async () => {
      const racing = race([ONE, TWO, THREE]);
      await pass(100);
      play(ONE).answer(refused(500));
      await pass(0);
      expect(fallbacks()).toEqual([['a/one', 'server_error', 'b/two']]);
      await pass(100);
      expect(hedged).toEqual(['b/two', 'c/three']);
      play(TWO).answer(refused(500));
      await pass(0);
      play(THREE).answer('hello');
      await expect(racing).resolves.toMatchObject({ candidate: THREE });
    });

    it('gives an empty answer only when nobody else runs', async () => {
      const racing = race([ONE, TWO]);
      await pass(100);
      play(TWO).answer(empty('nothing'));
      await pass(0);
      play(ONE).answer('hello');
      await expect(racing).resolves.toMatchObject({ candidate: ONE, isEmpty: false });
      expect(fallbacks()).toEqual([['b/two', 'empty_response', 'a/one']]);
    });

    it('stops everybody at a request that is wrong in itself', async () => {
      const racing = failureOf(race([ONE, TWO]));
      await pass(100);
      const wrong = refused(400);
      play(TWO).answer(wrong);
      expect(await racing).toBe(wrong);
      expect(play(ONE).signal.aborted).toBe(true);
    });

    it('stops everybody when the caller leaves', async () => {
      const racing = failureOf(race([ONE, TWO]));
      await pass(100);
      controller.abort(new DOMException('gone', 'AbortError'));
      expect(await racing).toMatchObject({ name: 'AbortError' });
      expect(play(ONE).signal.aborted && play(TWO).signal.aborted).toBe(true);
    });

    it('has nothing to start beside the last one', async () => {
      const racing = race([ONE, NO_KEY]);
      await pass(10_000);
      expect(hedged).toEqual([]);
      play(ONE).answer('hello');
      await racing;
      expect(jest.getTimerCount()).toBe(0);
    });

    it('leaves the winner open to the caller’s leaving', async () => {
      const racing = race([ONE, TWO]);
      play(ONE).answer('hello');
      await racing;
      controller.abort();
      expect(play(ONE).signal.aborted).toBe(true);
    });
  });

  it('starts nothing beside a slow one without hedging', async () => {
    const { opened, open } = latch();
    const running = firstSuccessful([ONE, TWO], ({ name }) => (tried.push(name), opened.then(() => 'hello')), {
      signal: controller.signal,
    });
    open();
    await expect(running).resolves.toMatchObject({ candidate: ONE });
    expect(tried).toEqual(['a/one']);
  });
});
