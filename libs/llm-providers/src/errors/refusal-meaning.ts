import { isJsonObject, isNothing, type JsonObject } from '@mana-llm/openai-api';
import { PROVIDER_REFUSALS, REFUSED, type RefusalMeaning, type RefusalRow } from './provider-refusals.js';
import { unwrapErrorText, type UnwrappedError } from './error-text.js';
import { retryAfterInBodyMs } from './retry-after.js';
import { CONTEXT_TOO_LONG, saysContextTooLong } from './context-too-long.js';
import { UpstreamError } from './upstream-error.js';

/** An object is not a code: the server may have sent the `toString` by which it would become a text. */
const isCode = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

/** Every value that names the kind of the error, whatever its field is called. */
function codesOf({ code, type, status, details, metadata }: JsonObject): unknown[] {
  const codes: unknown[] = [code, type, status];
  // Google: `details: [{"@type": ".../google.rpc.ErrorInfo", reason}]`; Anthropic: `details: {error_code}`.
  for (const detail of Array.isArray(details) ? details : [details]) {
    if (isJsonObject(detail)) codes.push(detail['reason'], detail['error_code']);
  }
  if (!isJsonObject(metadata)) return codes;
  // OpenRouter marks a refusal of content by the text that it has flagged.
  return [
    ...codes,
    metadata['error_type'],
    typeof metadata['flagged_input'] === 'string' ? 'flagged_input' : undefined,
  ];
}

function fits(row: RefusalRow, status: number | undefined, { message = '', fields }: UnwrappedError): boolean {
  const { statuses = REFUSED, codes, words } = row;
  if (!statuses.includes(status)) return false;
  if (codes === undefined && words === undefined) return true;
  const isNamed = codesOf(fields).some((code) => isCode(code) && codes?.includes(String(code)));
  return isNamed || words?.test(message) === true;
}

const findMeaning = (status: number | undefined, error: UnwrappedError): RefusalMeaning | undefined =>
  PROVIDER_REFUSALS.find((row) => fits(row, status, error))?.meaning;

/**
 * What a provider's error means where its status does not say it; undefined: what the status says. `status` is undefined for an
 * error inside an answer of 200 that names none.
 */
export function refusalMeaning(status: number | undefined, error: UnwrappedError): RefusalMeaning | undefined {
  const { metadata } = error.fields;
  const raw = isJsonObject(metadata) ? metadata['raw'] : undefined;
  // OpenRouter says `Provider returned error` itself, and adds the error of that provider as JSON text.
  return (
    findMeaning(status, error) ?? (typeof raw === 'string' ? findMeaning(status, unwrapErrorText(raw)) : undefined)
  );
}

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
