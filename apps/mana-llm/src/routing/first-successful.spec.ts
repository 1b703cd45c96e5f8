import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { FakeLlmProvider } from '@mana-llm/llm-providers/testing';
import { ApiError } from '@mana-llm/openai-api';
import type { Candidate, UnconfiguredCandidate } from './candidate.js';
import { type FallbackOptions, firstSuccessful, type Success } from './first-successful.js';

const candidate = (name: string): Candidate => ({ name, model: name, provider: new FakeLlmProvider('fake') });
const unconfigured = (name: string): UnconfiguredCandidate => ({ name, keyVariable: 'KEY' });

const ONE = candidate('a/one');
const TWO = candidate('b/two');
const THREE = candidate('c/three');
const NO_KEY = unconfigured('d/no-key');

const refused = (status: number): UpstreamError =>
  new UpstreamError(`No: ${status}.`, { provider: 'fake', kind: 'refused', status });
const empty = (answer: string): EmptyAnswerError<string> => new EmptyAnswerError('fake', answer);

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

  const fallbacks = (): [string, string, string | undefined][] =>
    onFallback.mock.calls.map(([failed, next]) => [failed.model, failed.reason, next?.name]);

  it('takes the first answer and asks nobody else', async () => {
    await expect(run([ONE, TWO], { 'a/one': 'hello' })).resolves.toEqual({
      value: 'hello',
      candidate: ONE,
      attempts: 1,
      isEmpty: false,
    });
    expect(tried).toEqual(['a/one']);
    expect(onFallback).not.toHaveBeenCalled();
  });

  it('goes on in order after failures that another one may mend', async () => {
    const success = await run([ONE, TWO, THREE], { 'a/one': refused(429), 'b/two': refused(500), 'c/three': 'hello' });
    expect(success).toEqual({ value: 'hello', candidate: THREE, attempts: 3, isEmpty: false });
    expect(fallbacks()).toEqual([
      ['a/one', 'rate_limit', 'b/two'],
      ['b/two', 'server_error', 'c/three'],
    ]);
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

  it('throws the error of the only candidate as it is', async () => {
    const error = refused(503);
    await expect(run([ONE], { 'a/one': error })).rejects.toBe(error);
    expect(onFallback).not.toHaveBeenCalled();
  });

  it('tells each candidate and its reason when none is left', async () => {
    const last = new UpstreamError('Slow.', { provider: 'fake', kind: 'timeout', phase: 'idle' });
    const error = await run([ONE, NO_KEY, TWO], { 'a/one': refused(401), 'b/two': last }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 503,
      cause: last,
      body: {
        error: {
          message: 'No candidate could answer: a/one (auth), d/no-key (unconfigured), b/two (timeout).',
          type: 'upstream_error',
          param: null,
          code: 'no_candidate_left',
          attempts: [
            { model: 'a/one', reason: 'auth' },
            { model: 'd/no-key', reason: 'unconfigured' },
            { model: 'b/two', reason: 'timeout' },
          ],
        },
      },
    });
    expect(fallbacks()).toEqual([
      ['a/one', 'auth', 'd/no-key'],
      ['d/no-key', 'unconfigured', 'b/two'],
      ['b/two', 'timeout', undefined],
    ]);
  });

  it('skips candidates without a key and does not count them as attempts', async () => {
    const success = await run([NO_KEY, ONE], { 'a/one': 'hello' });
    expect(success).toMatchObject({ candidate: ONE, attempts: 1 });
    expect(fallbacks()).toEqual([['d/no-key', 'unconfigured', 'a/one']]);
  });

  it('says so when the only candidate has no key', async () => {
    await expect(run([NO_KEY], {})).rejects.toMatchObject({
      status: 503,
      message: 'No candidate could answer: d/no-key (unconfigured).',
    });
    expect(tried).toEqual([]);
  });

  describe('at an empty answer', () => {
    it('goes on where another candidate is left', async () => {
      await expect(run([ONE, TWO], { 'a/one': empty('nothing'), 'b/two': 'hello' })).resolves.toMatchObject({
        value: 'hello',
        isEmpty: false,
      });
      expect(fallbacks()).toEqual([['a/one', 'empty_response', 'b/two']]);
    });

    it.each<[string, (Candidate | UnconfiguredCandidate)[], number]>([
      ['the only candidate', [TWO], 1],
      ['the last one', [ONE, TWO], 2],
      ['the last one that can be tried', [ONE, TWO, NO_KEY], 2],
    ])('gives it as it came from %s', async (_what, candidates, attempts) => {
      await expect(run(candidates, { 'a/one': refused(500), 'b/two': empty('nothing') })).resolves.toEqual({
        value: 'nothing',
        candidate: TWO,
        attempts,
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
});
