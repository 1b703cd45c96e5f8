import { EmptyAnswerError } from '@mana-llm/llm-providers';
import { canAnotherHelp } from './failures.js';
import { type Attempt, CandidateRace, type CandidateRun, type FallbackOptions } from './candidate-race.js';
import { type Candidate, isUnconfigured, type UnconfiguredCandidate } from '../candidates.js';
import { noCandidateLeft } from './route-failure.js';

export interface Success<T> {
  value: T;
  candidate: Candidate;
  /** True for an answer that is whole and says nothing. */
  isEmpty: boolean;
}

/**
 * Tries candidates in their order until one succeeds. The next one is tried only after a failure that it may mend, or, with
 * hedging, beside one that is slow, and never once the caller has left or has no time any more. An empty answer is such a failure,
 * but from the last one that can be tried it is the answer.
 */
export function firstSuccessful<T>(
  candidates: readonly (Candidate | UnconfiguredCandidate)[],
  attempt: Attempt<T>,
  options: FallbackOptions,
): Promise<Success<T>> {
  const [first] = candidates;
  return first === undefined || candidates.length > 1 || isUnconfigured(first)
    ? firstOfSeveral(candidates, attempt, options)
    : theOnlyOne(first, attempt, options);
}

/** Most requests have one candidate: its answer is the answer, and its failure the failure. */
async function theOnlyOne<T>(
  candidate: Candidate,
  attempt: Attempt<T>,
  { signal }: FallbackOptions,
): Promise<Success<T>> {
  try {
    return { value: await attempt(candidate, { signal, isLast: true }), candidate, isEmpty: false };
  } catch (error) {
    if (!(error instanceof EmptyAnswerError)) throw error;
    return { value: error.answer as T, candidate, isEmpty: true };
  }
}

async function firstOfSeveral<T>(
  candidates: readonly (Candidate | UnconfiguredCandidate)[],
  attempt: Attempt<T>,
  options: FallbackOptions,
): Promise<Success<T>> {
  const race = new CandidateRace(candidates, attempt, options);
  let empty: { run: CandidateRun<T>; error: EmptyAnswerError<unknown> } | undefined;
  for (;;) {
    if (!race.isRunning) {
      if (empty !== undefined) return { value: empty.error.answer as T, candidate: empty.run.candidate, isEmpty: true };
      if (!race.startNext()) throw noCandidateLeft(race.failures);
    }
    const settled = await race.settled();
    if (settled === undefined) {
      if (!options.signal.aborted) race.startNext();
      continue;
    }
    const { run } = settled;
    if ('value' in settled) {
      race.cancel();
      if (empty !== undefined) race.failed(empty.run, empty.error, run.candidate);
      return { value: settled.value, candidate: run.candidate, isEmpty: false };
    }
    const { error } = settled;
    if (error instanceof EmptyAnswerError && run.isLast) {
      empty = { run, error };
      continue;
    }
    if (isOver(options) || !canAnotherHelp(error)) {
      race.cancel();
      throw error;
    }
    race.failed(run, error);
  }
}

/** Nobody waits for an answer any more. */
function isOver({ signal, deadlineAtMs = Infinity }: FallbackOptions): boolean {
  return signal.aborted || Date.now() >= deadlineAtMs;
}
