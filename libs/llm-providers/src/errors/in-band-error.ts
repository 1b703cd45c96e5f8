import { isJsonObject, isNothing, type JsonObject } from '@mana-llm/openai-api';
import { retryAfterInBodyMs } from './retry-after.js';
import { refusalMeaning } from './refusal-meaning.js';
import { CONTEXT_TOO_LONG, saysContextTooLong } from './context-too-long.js';
import { UpstreamError } from './upstream-error.js';
import { unwrapErrorText } from './unwrap-error-text.js';

function statusOf(error: JsonObject): number | undefined {
  for (const value of [error['code'], error['status_code'], error['status']]) {
    // Not of an object: the server chooses what its `toString` returns.
    const status = typeof value === 'string' ? Number(value) : value;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  return error['type'] === 'invalid_request_error' ? 400 : undefined;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Some servers send the field, empty, in every answer. */
const isError = (value: unknown): boolean => value !== undefined && value !== false && value !== 0 && !isNothing(value);

function findError(raw: JsonObject): unknown {
  if (isError(raw['error'])) return raw['error'];
  if (raw['object'] === 'error') return raw;
  const choices: unknown[] = Array.isArray(raw['choices']) ? raw['choices'] : [];
  const failed = choices.find((choice) => isJsonObject(choice) && isError(choice['error']));
  return isJsonObject(failed) ? failed['error'] : undefined;
}

/**
 * The error inside an answer of status 200, if there is one: OpenAI's `{error: {message, type, code}}`, OpenRouter's with a
 * numeric code (in the answer or in a choice), Groq's with `status_code`, vLLM's `{object: "error", message}`, Ollama's
 * `{error: "text"}`, JSON text inside any of them. Its status is the one that a numeric code names, else the one that it means.
 */
export function inBandError(raw: JsonObject, provider: string): UpstreamError | undefined {
  const found = findError(raw);
  if (found === undefined) return undefined;
  const error = unwrapErrorText(found);
  const status = statusOf(error.fields);
  // A server that has begun its answer gives the failure a status of 500 or above.
  const isTooLong = saysContextTooLong(status !== undefined && status >= 500 ? undefined : status, error);
  const meaning = isTooLong ? CONTEXT_TOO_LONG : refusalMeaning(status, error);
  return UpstreamError.refused({
    provider,
    callerMessage: error.message,
    status: meaning?.status ?? status,
    type: textOrNull(error.fields['type']),
    code: meaning?.code ?? textOrNull(error.fields['code']),
    param: textOrNull(error.fields['param']),
    retryAfterMs: retryAfterInBodyMs(error),
  });
}
