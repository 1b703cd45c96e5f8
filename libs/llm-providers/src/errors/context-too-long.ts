import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { errorCode } from './upstream-error.js';
import type { UnwrappedError } from './error-text.js';

const STATUSES = new Set([400, 413, 422]);

/** OpenAI and most others; llama.cpp, as `type`; Z.ai; GitHub Copilot; GitHub Models. */
const CODES = new Set<unknown>([
  'context_length_exceeded',
  'exceed_context_size_error',
  'model_context_window_exceeded',
  'model_max_prompt_tokens_exceeded',
  'tokens_limit_reached',
]);

/** What servers without a code of their own say. The spec has the whole sentences and their sources. */
const WORDS = new RegExp(
  [
    String.raw`context[_ ]length[_ ]exceeded`,
    String.raw`maximum (?:context|prompt|(?:allowed )?input) length`,
    String.raw`longer than the (?:model's context|maximum model) length`,
    String.raw`exceeds? (?:the )?(?:context (?:window|length|limit)|available context size|max length)`,
    String.raw`context (?:window exceeds limit|size has been exceeded|the overflows)`,
    String.raw`(?:greater than the|reached) context length`,
    String.raw`exceeds the maximum number of tokens allowed`,
    String.raw`prompt (?:\(\d+ tokens\) )?(?:is )?too long`,
    String.raw`input is too long for requested model`,
    String.raw`number of tokens in the prompt cannot exceed`,
    String.raw`prompt token count of \d+ exceeds the limit`,
    String.raw`exceeded model token limit`,
    String.raw`range of input length should be`,
    String.raw`reduce the length of the messages`,
    '`inputs` (?:must have less than|tokens \\+ `max_new_tokens` must be)',
  ].join('|'),
  'i',
);

/** The status and code that the caller gets, whatever status the error came with. */
export const CONTEXT_TOO_LONG = { status: 400, code: 'context_length_exceeded' };

/** A limit over time and not of one request. Groq and OpenAI give the same advice there: send less. */
const RATE_LIMIT = /\brate.?limit|\bquota|\btokens per (?:min|day)|\bTPM\b|too many requests/i;

/** OpenRouter says no more than `Provider returned error` itself, and adds the provider's own words. */
function wordsOf({ message = '', fields }: UnwrappedError): string {
  const metadata = fields['metadata'];
  const raw = isJsonObject(metadata) ? metadata['raw'] : undefined;
  return typeof raw === 'string' ? `${message} ${raw}` : message;
}

const codesOf = ({ code, type }: JsonObject): string[] => [code, type].filter((value) => typeof value === 'string');

/**
 * Whether a server's error means that prompt and answer do not fit the model's context. `status` is undefined for an error
 * inside an answer that names none.
 */
export function saysContextTooLong(status: number | undefined, error: UnwrappedError): boolean {
  if (status !== undefined && !STATUSES.has(status)) return false;
  const codes = codesOf(error.fields);
  const words = wordsOf(error);
  if (RATE_LIMIT.test(`${codes.join(' ')} ${words}`)) return false;
  return codes.some((code) => CODES.has(code)) || WORDS.test(words);
}

/** Whether a request failed because its prompt and answer do not fit the model's context: a model with more room may take it. */
export function isContextTooLong(error: unknown): boolean {
  return errorCode(error) === 'context_length_exceeded';
}
