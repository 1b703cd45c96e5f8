import { isJsonObject } from '@mana-llm/openai-api';
import { isNothing } from './is-nothing.js';

const isMissing = (value: unknown): boolean => value === undefined || value === null;

const isListOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  isMissing(value) || (Array.isArray(value) && value.every(isItem));

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 256;

function isToken(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { token, logprob, bytes, top_logprobs: top } = value;
  const isNamed = isMissing(token) || typeof token === 'string';
  // -Infinity, which some servers compute, is no JSON: we would write null in its place.
  const isWeighed = isMissing(logprob) || Number.isFinite(logprob);
  return isNamed && isWeighed && isListOf(bytes, isByte) && isListOf(top, isToken);
}

/**
 * Whether OpenAI's clients can read the `logprobs` of a choice (https://platform.openai.com/docs/api-reference/chat/object). An
 * empty value means that there are none, and the older form (`tokens`, `token_logprobs`) is left as it is.
 */
export function isLogprobs(value: unknown): boolean {
  if (isMissing(value) || isNothing(value)) return true;
  return isJsonObject(value) && isListOf(value['content'], isToken) && isListOf(value['refusal'], isToken);
}
