import { isCapabilityMissing, isContextTooLong, UpstreamError } from '@mana-llm/llm-providers';
import { CandidateUnavailableError } from './candidate-unavailable-error.js';

/** The provider says something of itself by these: its key, its money, its models, its limits. */
const ITS_OWN_STATUSES = new Set([401, 402, 403, 404, 408, 429]);

/** What this model cannot do or hold, another one may. */
export function isBeyondModel(error: unknown): boolean {
  return isCapabilityMissing(error) || isContextTooLong(error);
}

/**
 * Whether the next candidate may serve what this one did not. A request that is wrong in itself (400, 413, 422 and the other
 * 4xx) is wrong everywhere, and a caller whose own time is over waits for nobody.
 */
export function canAnotherHelp(error: unknown): boolean {
  if (isBeyondModel(error) || error instanceof CandidateUnavailableError) return true;
  if (!(error instanceof UpstreamError)) return false;
  const { status, isCallersLimit } = error;
  if (isCallersLimit) return false;
  return status === undefined || status >= 500 || ITS_OWN_STATUSES.has(status);
}
