import { UpstreamError } from '@mana-llm/llm-providers';
import { CandidateUnavailableError } from './candidate-unavailable-error.js';
import type { Candidate, UnconfiguredCandidate } from '../candidate.js';
import { failureOf, isBeyondModel } from './failures.js';
import { ApiError, type ApiErrorOptions } from '@mana-llm/openai-api';

/** A candidate that could not answer, as callers read of it. */
export interface FailedCandidate {
  candidate: Candidate | UnconfiguredCandidate;
  reason: string;
  /** The provider's own status; null: it gave none, or was not asked. */
  status: number | null;
  /** Spent on it. */
  ms: number;
  error?: unknown;
}

export function failedCandidate(candidate: Candidate, error: unknown, startedAtMs: number): FailedCandidate {
  const status = error instanceof UpstreamError ? (error.status ?? null) : null;
  const ms = Math.round(performance.now() - startedAtMs);
  return { candidate, reason: failureOf(error).reason, status, ms, error };
}

export function unconfiguredFailure(candidate: UnconfiguredCandidate): FailedCandidate {
  return { candidate, reason: 'unconfigured', status: null, ms: 0 };
}

/** When the candidate may be asked again, where that is known. */
export function retryAfterOf({ error }: FailedCandidate): number | undefined {
  return error instanceof UpstreamError || error instanceof CandidateUnavailableError ? error.retryAfterMs : undefined;
}

/** True where the same request will fail there again. */
export function isPermanent({ error }: FailedCandidate): boolean {
  return error === undefined || failureOf(error).isPermanent;
}

function retryAdvice(failures: readonly FailedCandidate[]): Pick<ApiErrorOptions, 'headers' | 'retryAfterMs'> {
  if (failures.every(isPermanent)) return { headers: { 'x-should-retry': 'false' } };
  const waitsMs = failures.map(retryAfterOf).filter((waitMs) => waitMs !== undefined);
  return waitsMs.length === 0 ? {} : { retryAfterMs: Math.min(...waitsMs) };
}

/**
 * What the caller hears when every candidate has failed: the error itself where there was one candidate, or where the request asks
 * all of them for too much; else 503 with each one's reason and the least time after which one of them may be asked again.
 */
export function noCandidateLeft(failures: readonly FailedCandidate[]): unknown {
  const last = failures.findLast(({ error }) => error !== undefined);
  const asked = failures.filter(({ error }) => error !== undefined);
  const isTooMuchForAll = asked.length > 0 && asked.every(({ error }) => isBeyondModel(error));
  if (last !== undefined && (failures.length === 1 || isTooMuchForAll)) return last.error;
  const tried = failures.map(({ candidate, reason }) => `${candidate.name} (${reason})`).join(', ');
  return new ApiError(503, `No candidate could answer: ${tried}.`, {
    type: 'upstream_error',
    code: 'no_candidate_left',
    details: {
      attempts: failures.map(({ candidate, reason, status, ms }) => ({ model: candidate.name, reason, status, ms })),
    },
    ...retryAdvice(failures),
    cause: last?.error,
  });
}
