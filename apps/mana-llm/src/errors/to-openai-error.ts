import { UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { HttpException } from '@nestjs/common';
import { fromUpstreamError, type Redact } from './from-upstream-error.js';
import { openAiError, type OpenAiError } from './openai-error.js';

/** Express's and its middlewares' errors: `status` and, where the text is meant for clients, `expose`. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error ? (error as Error & { status?: unknown }).status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

const unchanged: Redact = (text) => text;

/**
 * Any error as OpenAI's status and body. Errors that nobody foresaw say nothing of themselves: they are in the log. `redact` is
 * given where the body goes to a caller.
 */
export function toOpenAiError(error: unknown, redact = unchanged): OpenAiError {
  if (error instanceof ApiError) return { status: error.status, headers: error.headers, body: error.body };
  if (error instanceof UpstreamError) return fromUpstreamError(error, redact);
  const status = statusOf(error);
  if (status !== undefined && status < 500) {
    return openAiError(status, { message: (error as Error).message, type: 'invalid_request_error' });
  }
  const message = 'The gateway failed to handle this request. Its log tells more under this request id.';
  return openAiError(500, { message, type: 'server_error', code: 'internal_error' });
}

/** The codes that a provider's refusal keeps and the gateway knows: its own, and OpenAI's for what it decides by. */
const KNOWN_CODES = new Set([
  'billing_hard_limit_reached',
  'capability_missing',
  'content_filter',
  'context_length_exceeded',
  'insufficient_quota',
  'model_loading',
  'model_not_found',
  'rate_limit_exceeded',
]);

/** The code of an error as the log has it, or its type. A code that only the provider knows is its text, and may hold a prompt. */
export function loggedErrorCode(error: unknown): string {
  const { code, type } = toOpenAiError(error, (text) => (KNOWN_CODES.has(text) ? text : '')).body.error;
  return code || type;
}
