import { ApiError, isJsonObject } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { UnreadableBodyError } from './answer-body.js';
import { timeoutError, type UpstreamCall } from './upstream-call.js';

/** The code of an error or of what caused it; errors that hold several (one per address tried) have the code of the first. */
function codeOf(error: unknown): string {
  if (!isJsonObject(error)) return 'broken connection';
  const { code, cause, errors } = error;
  if (typeof code === 'string' && code !== '') return code;
  return codeOf(Array.isArray(errors) ? errors[0] : cause);
}

/** zlib and Brotli for bytes that cannot be inflated. One that ends too early (`Z_BUF_ERROR`) is a break like any other. */
const CORRUPT = /^Z_(?!BUF_ERROR)|ERROR_FORMAT/;

/** What a failed request or body means: the call's own abort reason, an unreadable body, a connect timeout or a broken connection. */
export function connectionError(
  error: unknown,
  options: { provider: string; call: UpstreamCall; connectMs: number; hasAnswered: boolean },
): unknown {
  const { provider, call, connectMs, hasAnswered } = options;
  if (call.stop !== undefined) return call.stop.reason;
  if (error instanceof UpstreamError || error instanceof ApiError) return error;
  const code = codeOf(error);
  if (error instanceof UnreadableBodyError || CORRUPT.test(code)) {
    const reason = error instanceof UnreadableBodyError ? error.message : `it cannot be inflated (${code})`;
    const message = `${provider} sent an answer that cannot be read: ${reason}.`;
    return new UpstreamError(message, { provider, kind: 'bad_response', cause: error });
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return timeoutError(provider, 'connect', connectMs, { cause: error });
  return hasAnswered
    ? new UpstreamError(`${provider} broke off its answer (${code}).`, {
        provider,
        kind: 'stream_broken',
        cause: error,
      })
    : new UpstreamError(`${provider} could not be reached (${code}).`, {
        provider,
        kind: 'connection_failed',
        cause: error,
      });
}
