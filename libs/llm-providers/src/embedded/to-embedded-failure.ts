import { ApiError } from '@mana-llm/openai-api';
import { UpstreamError, type UpstreamErrorKind } from '../errors/upstream-error.js';

/** An error as `LlmProvider` promises it: what is one already passes, everything else becomes the cause of one. */
export function toEmbeddedFailure(
  error: unknown,
  failure: { provider: string; kind: UpstreamErrorKind; message: string },
): Error {
  if (error instanceof UpstreamError || error instanceof ApiError) return error;
  const { provider, kind, message } = failure;
  return new UpstreamError(message, { provider, kind, cause: error });
}
