import { parseJson } from '@mana-llm/openai-api';
import { refusalMeaning } from '../errors/refusal-meaning.js';
import { CONTEXT_TOO_LONG, saysContextTooLong } from '../errors/context-too-long.js';
import { unwrapErrorText } from '../errors/unwrap-error-text.js';
import { retryAfterInBodyMs } from '../errors/retry-after.js';
import type { ReadError } from '../transport/upstream-refusal.js';

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function parse(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** The message, type, code and param of an error answer, in any of the shapes that OpenAI-compatible servers use. */
export function readOpenAiError(status: number, body: string): ReadError {
  // Text that is not JSON is the page of a proxy: it says nothing to a client and may name inner hosts.
  const error = unwrapErrorText(parse(body));
  const { message, fields } = error;
  return {
    message,
    type: textOrNull(fields['type']),
    code: textOrNull(fields['code']),
    param: textOrNull(fields['param']),
    retryAfterMs: retryAfterInBodyMs(error),
    ...(saysContextTooLong(status, error) ? CONTEXT_TOO_LONG : refusalMeaning(status, error)),
  };
}
