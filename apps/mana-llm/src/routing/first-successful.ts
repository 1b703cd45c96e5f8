import { EmptyAnswerError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { canAnotherHelp } from './can-another-help.js';
import { type Candidate, isUnconfigured, type UnconfiguredCandidate } from './candidate.js';
import { failureReason } from './failure-reason.js';

export interface FailedAttempt {
  model: string;
  reason: string;
}

export interface Success<T> {
  value: T;
  candidate: Candidate;
  /** How many requests were sent to providers. */
  attempts: number;
  /** True for an answer that is whole and says nothing. */
  isEmpty: boolean;
}

export interface FallbackOptions {
  signal: AbortSignal;
  /** Called for each candidate that failed, with the one that is tried next. */
  onFallback?: (failed: FailedAttempt, next: Candidate | UnconfiguredCandidate | undefined) => void;
}

function noneLeft(failures: FailedAttempt[], lastError: unknown): unknown {
  if (failures.length === 1 && lastError !== undefined) return lastError;
  const tried = failures.map(({ model, reason }) => `${model} (${reason})`).join(', ');
  return new ApiError(503, `No candidate could answer: ${tried}.`, {
    type: 'upstream_error',
    code: 'no_candidate_left',
    details: { attempts: failures },
    cause: lastError,
  });
}

/**
 * Tries candidates in their order until one succeeds. The next one is tried only after a failure that it may mend, and never
 * once the caller has left. An empty answer is such a failure, but from the last one that can be tried it is the answer.
 */
export async function firstSuccessful<T>(
  candidates: readonly (Candidate | UnconfiguredCandidate)[],
  attempt: (candidate: Candidate) => Promise<T>,
  { signal, onFallback }: FallbackOptions,
): Promise<Success<T>> {
  const failures: FailedAttempt[] = [];
  let attempts = 0;
  let lastError: unknown;
  for (const [position, candidate] of candidates.entries()) {
    const next = candidates[position + 1];
    const isLast = candidates.slice(position + 1).every(isUnconfigured);
    const failed = { model: candidate.name, reason: 'unconfigured' };
    if (!isUnconfigured(candidate)) {
      attempts += 1;
      try {
        return { value: await attempt(candidate), candidate, attempts, isEmpty: false };
      } catch (error) {
        if (isLast && error instanceof EmptyAnswerError) {
          return { value: error.answer as T, candidate, attempts, isEmpty: true };
        }
        if (signal.aborted || !canAnotherHelp(error)) throw error;
        failed.reason = failureReason(error);
        lastError = error;
      }
    }
    failures.push(failed);
    if (candidates.length > 1) onFallback?.(failed, next);
  }
  throw noneLeft(failures, lastError);
}
