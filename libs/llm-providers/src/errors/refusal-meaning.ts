import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { PROVIDER_REFUSALS, REFUSED, type RefusalMeaning, type RefusalRow } from './provider-refusals.js';
import { unwrapErrorText, type UnwrappedError } from './unwrap-error-text.js';

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
