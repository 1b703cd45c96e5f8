import { UpstreamError } from '@mana-llm/llm-providers';
import { isQuotaSpent } from '../../errors/is-quota-spent.js';
import { isBeyondModel } from './can-another-help.js';
import { CandidateUnavailableError } from './candidate-unavailable-error.js';
import type { Candidate, UnconfiguredCandidate } from '../candidate.js';
import { failureReason } from './failure-reason.js';

/** A candidate that could not answer, as it was and as callers are told. */
export interface FailedCandidate {
  candidate: Candidate | UnconfiguredCandidate;
  reason: string;
  /** The provider's own status; null: it gave none, or was not asked. */
  status: number | null;
  /** Spent on it. */
  ms: number;
  error?: unknown;
}

/** The gateway's operator has to mend these; no retry does. */
const PERMANENT_STATUSES = new Set<number | null>([401, 402, 403, 404]);

export function failedCandidate(candidate: Candidate, error: unknown, startedAtMs: number): FailedCandidate {
  const status = error instanceof UpstreamError ? (error.status ?? null) : null;
  const ms = Math.round(performance.now() - startedAtMs);
  return { candidate, reason: failureReason(error), status, ms, error };
}

export function unconfiguredFailure(candidate: UnconfiguredCandidate): FailedCandidate {
  return { candidate, reason: 'unconfigured', status: null, ms: 0 };
}

/** When the candidate may be asked again, where that is known. */
export function retryAfterOf({ error }: FailedCandidate): number | undefined {
  return error instanceof UpstreamError || error instanceof CandidateUnavailableError ? error.retryAfterMs : undefined;
}

/** True where the same request will fail there again. */
export function isPermanent({ error, status }: FailedCandidate): boolean {
  if (error === undefined || PERMANENT_STATUSES.has(status) || isBeyondModel(error)) return true;
  return error instanceof UpstreamError && isQuotaSpent(error);
}
