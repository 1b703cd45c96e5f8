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

const MAX_MESSAGE_LENGTH = 2_000;

/**
 * A provider's text, fit for a client: without URLs and socket addresses (they name hosts of our network), without what looks
 * like a key or names the gateway's account (OpenAI's and Groq's `org_...`, xAI's `team <UUID>`), and of bounded length.
 */
export function redactAddresses(text: string, maxLength = MAX_MESSAGE_LENGTH): string {
  // Bounded before it is searched, too: a text of megabytes is no message.
  const redacted = text
    .slice(0, 4 * maxLength)
    .replace(/\b(?:https?|wss?):\/\/[^\s"'<>)]+/gi, '[address]')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '[address]')
    .replace(/\[[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}\](?::\d+)?/gi, '[address]')
    .replace(/\blocalhost:\d+\b/gi, '[address]')
    .replace(/\b(?:sk|csk|pk|gsk|xai|tgp|hf|fw)[-_][\w.*-]{6,}/g, '[key]')
    .replace(/\bkey[-_](?=[\w.*-]*\d)[\w.*-]{6,}|\bAIza[\w-]{10,}|\bBearer\s+[\w.*+/=-]{6,}/g, '[key]')
    .replace(/\b(?:org|proj)[-_](?=\w*\d)\w{6,}/g, '[account]')
    .replace(/\b(team|API key ID)(:? )[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '$1$2[account]');
  return redacted.length > maxLength ? `${redacted.slice(0, maxLength)}…` : redacted;
}
