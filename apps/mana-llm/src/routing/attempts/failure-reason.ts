import { isCapabilityMissing, isContextTooLong, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { CandidateUnavailableError } from './candidate-unavailable-error.js';

const REASON_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'auth',
  402: 'billing',
  403: 'auth',
  404: 'model_not_found',
  408: 'timeout',
  429: 'rate_limit',
  504: 'timeout',
};

function statusReason(status: number): string {
  const named = REASON_BY_STATUS[status];
  if (named !== undefined) return named;
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** One word for why a candidate failed: the `error_type` and `reason` of the metrics. */
export function failureReason(error: unknown): string {
  if (error instanceof CandidateUnavailableError) return error.reason;
  if (isCapabilityMissing(error)) return 'capability';
  if (isContextTooLong(error)) return 'context_length_exceeded';
  if (error instanceof ApiError) return statusReason(error.status);
  if (!(error instanceof UpstreamError)) return 'unknown';
  if (error.kind !== 'refused') return error.kind;
  if (error.code === 'content_filter') return 'blocked';
  return error.status === undefined ? 'server_error' : statusReason(error.status);
}
