import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError } from './upstream-error.js';

/** Whether a request failed because its prompt and answer do not fit the model's context: a model with more room may take it. */
export function isContextTooLong(error: unknown): boolean {
  const code =
    error instanceof UpstreamError ? error.code : error instanceof ApiError ? error.body.error.code : undefined;
  return code === 'context_length_exceeded';
}
