import { ApiError } from '@mana-llm/openai-api';
import { retryHeaders } from '../../errors/retry-headers.js';
import { isBeyondModel } from './can-another-help.js';
import { type FailedCandidate, isPermanent, retryAfterOf } from './failed-candidate.js';

function retryAdvice(failures: readonly FailedCandidate[]): Record<string, string> {
  if (failures.every(isPermanent)) return { 'x-should-retry': 'false' };
  const waitsMs = failures.map(retryAfterOf).filter((waitMs) => waitMs !== undefined);
  return waitsMs.length === 0 ? {} : retryHeaders(Math.min(...waitsMs));
}

/**
 * What the caller hears when every candidate has failed: the error itself where there was one candidate, or where the request asks
 * all of them for too much; else 503 with each one's reason and the least time after which one of them may be asked again.
 */
export function noCandidateLeft(failures: readonly FailedCandidate[]): unknown {
  const last = failures.findLast(({ error }) => error !== undefined);
  const asked = failures.filter(({ error }) => error !== undefined);
  const isRequestsFault = asked.length > 0 && asked.every(({ error }) => isBeyondModel(error));
  if (last !== undefined && (failures.length === 1 || isRequestsFault)) return last.error;
  const tried = failures.map(({ candidate, reason }) => `${candidate.name} (${reason})`).join(', ');
  return new ApiError(503, `No candidate could answer: ${tried}.`, {
    type: 'upstream_error',
    code: 'no_candidate_left',
    details: {
      attempts: failures.map(({ candidate, reason, status, ms }) => ({ model: candidate.name, reason, status, ms })),
    },
    headers: retryAdvice(failures),
    cause: last?.error,
  });
}
