import { UpstreamError } from '../../errors/upstream-error.js';

/** Long enough for a layer or two, short enough for clients that wait at most a minute. */
const RETRY_AFTER_MS = 30_000;
/**
 * What Ollama says of an unknown name: `pull model manifest: file does not exist`; for Hugging Face, a status and a body.
 * (`no such host` is a network failure.)
 */
const NO_SUCH_MODEL =
  /file does not exist|not found|manifest unknown|invalid (?:model )?name|pull model manifest: 40[0134]\b/i;

function loading(provider: string, message: string, cause?: unknown): UpstreamError {
  const fields = { status: 503, code: 'model_loading', param: 'model', retryAfterMs: RETRY_AFTER_MS };
  return new UpstreamError(message, { provider, kind: 'refused', ...fields, cause });
}

/** The error of a caller whose wait for a pull was ended by `reason`: 503 for a timeout, else the reason itself. */
export function modelLoading(provider: string, model: string, reason: Error): Error {
  if (!(reason instanceof UpstreamError) || reason.kind !== 'timeout') return reason;
  return loading(provider, `The model '${model}' is being pulled by ${provider}. Try again later.`, reason);
}

export function tooManyPulls(provider: string, model: string): UpstreamError {
  const message = `The model '${model}' is not on ${provider} yet, and other models are being pulled. Try again later.`;
  return loading(provider, message);
}

/** 404 for an unknown name; for any other failure 502, since a retry may help. */
export function pullFailed(provider: string, model: string, error: unknown): UpstreamError {
  const own = error instanceof Error ? error.message : String(error);
  const words = (error instanceof UpstreamError ? error.callerMessage : undefined) ?? own;
  const callerMessage = `The model '${model}' is not on ${provider} and could not be pulled: ${words}`;
  const fields = NO_SUCH_MODEL.test(words)
    ? { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' }
    : { status: 502 };
  const message = `A model is not on ${provider} and could not be pulled: ${own}`;
  return new UpstreamError(message, { provider, kind: 'refused', ...fields, callerMessage, cause: error });
}
