import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError } from './upstream-error.js';

/** The code that a caller would read, whether a provider has refused or the gateway itself. */
export function errorCode(error: unknown): string | null {
  if (error instanceof UpstreamError) return error.code;
  return error instanceof ApiError ? error.body.error.code : null;
}
