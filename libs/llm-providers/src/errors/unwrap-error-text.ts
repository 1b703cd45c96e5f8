import { isJsonObject, type JsonObject, parseJson } from '@mana-llm/openai-api';

export interface UnwrappedError {
  message: string | undefined;
  /** The innermost error object: `type`, `code`, `param` and what else the provider says. */
  fields: JsonObject;
}

const MAX_DEPTH = 5;

function parseObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const parsed: unknown = parseJson(text);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The message inside an error of any nesting: a text, an object with `message` (or `error`, `detail`), or JSON text of either.
 * Ollama's runners nest one server's error body, as JSON text, inside another's.
 */
export function unwrapErrorText(error: unknown, depth = 0): UnwrappedError {
  if (typeof error === 'string') {
    const inner = depth < MAX_DEPTH ? parseObject(error) : undefined;
    return inner === undefined
      ? { message: error === '' ? undefined : error, fields: {} }
      : unwrapErrorText(inner, depth + 1);
  }
  // Google answers with a list of one error, FastAPI with one entry per wrong field.
  if (Array.isArray(error))
    return depth < MAX_DEPTH ? unwrapErrorText(error[0], depth + 1) : { message: undefined, fields: {} };
  if (!isJsonObject(error)) return { message: undefined, fields: {} };
  for (const field of ['error', 'message', 'detail', 'msg'] as const) {
    const value = error[field];
    if (value === undefined || value === null || depth >= MAX_DEPTH) continue;
    const inner = unwrapErrorText(value, depth + 1);
    if (inner.message !== undefined) return { message: inner.message, fields: { ...error, ...inner.fields } };
  }
  return { message: undefined, fields: error };
}
