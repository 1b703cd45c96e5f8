import { UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { HttpException } from '@nestjs/common';
import { failure, type Failure } from './failure.js';
import { fromUpstreamError, type Redact } from './from-upstream-error.js';

/** Express's and its middlewares' errors: `status` and, where the text is meant for clients, `expose`. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error ? (error as Error & { status?: unknown }).status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

const unchanged: Redact = (text) => text;

/**
 * Any error as a failure. An error that nobody foresaw says nothing of itself: the log has it. Pass `redact` where the failure goes
 * to a caller.
 */
export function toFailure(error: unknown, redact = unchanged): Failure {
  if (error instanceof ApiError) {
    const { status, message, type, code, param, details, retryAfterMs, headers } = error;
    return failure(status, { message, type, code, param, details, retryAfterMs, headers });
  }
  if (error instanceof UpstreamError) return fromUpstreamError(error, redact);
  const status = statusOf(error);
  if (status !== undefined && status < 500) {
    return failure(status, { message: (error as Error).message, type: 'invalid_request_error' });
  }
  const message = 'The gateway failed to handle this request. Its log tells more under this request id.';
  return failure(500, { message, type: 'server_error', code: 'internal_error' });
}

/** The codes of a provider's refusal that the gateway knows: its own, and OpenAI's for what it decides by. */
const KNOWN_CODES = new Set<string | null>([
  'billing_hard_limit_reached',
  'capability_missing',
  'content_filter',
  'context_length_exceeded',
  'insufficient_quota',
  'model_loading',
  'model_not_found',
  'rate_limit_exceeded',
  'upstream_auth_error',
  'upstream_billing_error',
  'upstream_timeout',
]);

/** The code of a failure as the log has it, or its type. A code that only the provider knows is its text, and may hold a prompt. */
export function loggedErrorCode(error: unknown, { code, type }: Failure): string {
  const isOurs = !(error instanceof UpstreamError) || error.kind !== 'refused' || KNOWN_CODES.has(code);
  return (isOurs && code) || type;
}
