import { UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { HttpException } from '@nestjs/common';
import { fromUpstreamError } from './from-upstream-error.js';
import { openAiError, type OpenAiError } from './openai-error.js';

/** Express's and its middlewares' errors: `status` and, where the text is meant for clients, `expose`. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error ? (error as Error & { status?: unknown }).status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Any error as OpenAI's status and body. Errors that nobody foresaw say nothing of themselves: they are in the log. */
export function toOpenAiError(error: unknown): OpenAiError {
  if (error instanceof ApiError) return { status: error.status, headers: error.headers, body: error.body };
  if (error instanceof UpstreamError) return fromUpstreamError(error);
  const status = statusOf(error);
  if (status !== undefined && status < 500) {
    return openAiError(status, { message: (error as Error).message, type: 'invalid_request_error' });
  }
  const message = 'The gateway failed to handle this request. Its log tells more under this request id.';
  return openAiError(500, { message, type: 'server_error', code: 'internal_error' });
}
