import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { candidateOf } from '../../../test/support/routing-parts.js';
import { type Attempt, CandidateRace } from './candidate-race.js';
import type { Candidate } from '../candidates.js';
import { firstSuccessful, type Success } from './first-successful.js';

const ONE = candidateOf('a/one');
const TWO = candidateOf('b/two');
const refused = (status: number): UpstreamError =>
  new UpstreamError('No.', { provider: 'fake', kind: 'refused', status });

/** What becomes of hedged candidates when things happen at awkward moments; the rest is in `first-successful.spec.ts`. */
describe(CandidateRace.name, () => {
  let controller: AbortController;
  let listeners: number;
  let failures: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    controller = new AbortController();
    listeners = 0;
    failures = [];
    const { signal } = controller;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, given);
    };
    signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, given);
    };
  });
  afterEach(() => jest.useRealTimers());

  const race = (candidates: Candidate[], attempt: Attempt<string>): Promise<Success<string>> =>
    firstSuccessful(candidates, attempt, {
      signal: controller.signal,
      hedgeAfterMs: () => 100,
      onFallback: ({ candidate }) => failures.push(candidate.name),
    });

  /** An attempt that takes so long and takes no notice of its signal. */
  const afterMs = (ms: number, outcome: string | Error): Promise<string> =>
    new Promise((resolve, reject) => {
      setTimeout(() => (outcome instanceof Error ? reject(outcome) : resolve(outcome)), ms);
    });

  it('stops the work at once for a caller who has left before it began', async () => {
    controller.abort(new DOMException('gone', 'AbortError'));
    const racing = race([ONE, TWO], async (_candidate, { signal }) => {
      signal.throwIfAborted();
      return 'sent for nobody';
    });
    await expect(racing).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('starts nobody beside one that is slow to notice that the caller has left', async () => {
    const tried: string[] = [];
    const racing = race([ONE, TWO], ({ name }) => {
      tried.push(name);
      return afterMs(1_000, refused(500));
    });
    const failed = expect(racing).rejects.toMatchObject({ status: 500 });
    await jest.advanceTimersByTimeAsync(50);
    controller.abort();
    await jest.advanceTimersByTimeAsync(2_000);
    await failed;
    expect(tried).toEqual(['a/one']);
  });

  it('listens to the caller for nobody who has failed', async () => {
    const racing = race([ONE, TWO], ({ name }) => afterMs(1, name === 'a/one' ? refused(500) : 'hello'));
    await jest.advanceTimersByTimeAsync(10);
    await expect(racing).resolves.toMatchObject({ candidate: TWO });
    expect(listeners).toBe(0);
  });

  describe('at an empty answer of the last one', () => {
    const emptyTwo = (outcomeOfOne: string | Error): Promise<Success<string>> =>
      race([ONE, TWO], ({ name }) =>
        name === 'a/one' ? afterMs(500, outcomeOfOne) : afterMs(100, new EmptyAnswerError('b', 'nothing')),
      );

    it('gives it when the others fail after it as when they fail before', async () => {
      const racing = emptyTwo(refused(500));
      await jest.advanceTimersByTimeAsync(1_000);
      await expect(racing).resolves.toEqual({ value: 'nothing', candidate: TWO, isEmpty: true });
      expect(failures).toEqual(['a/one']);
    });

    it('tells it as a failure when another one answers after it', async () => {
      const racing = emptyTwo('hello');
      await jest.advanceTimersByTimeAsync(1_000);
      await expect(racing).resolves.toEqual({ value: 'hello', candidate: ONE, isEmpty: false });
      expect(failures).toEqual(['b/two']);
    });
  });
});
