import { isJsonObject, isNothing, type JsonObject, stringifyJson } from '@mana-llm/openai-api';
import { readContent } from '../../stream/read-content.js';

export interface OllamaSaid {
  text: string;
  thinking: string;
  /** A list of calls, if the server kept to its format. */
  calls: unknown;
}

/** Reads the message of an answer, or of one line of a stream. A value that is no text counts as empty. */
export function fromOllamaMessage(message: unknown): OllamaSaid {
  const { content, thinking, tool_calls: calls } = isJsonObject(message) ? message : {};
  return { text: readContent(content).text, thinking: typeof thinking === 'string' ? thinking : '', calls };
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return stringifyJson(typeof value === 'object' && value !== null ? value : {});
}

/**
 * Ollama's calls -> OpenAI's. Each of Ollama's calls is complete, so each gets the next index: on older servers its own `index`
 * is missing, or 0 for every call. `firstIndex` goes on from the earlier lines of a stream.
 */
export function fromOllamaToolCalls(calls: unknown, firstIndex = 0): JsonObject[] {
  const list: unknown[] = Array.isArray(calls) ? calls : [];
  return list.filter(isJsonObject).map(({ id, function: called }, position) => {
    const { name, arguments: args } = isJsonObject(called) ? called : {};
    return {
      index: firstIndex + position,
      ...(typeof id === 'string' && id !== '' ? { id } : {}),
      type: 'function',
      function: { name, arguments: argumentsText(args) },
    };
  });
}

/** OpenAI always has `bytes`: null where the token's bytes are unknown. */
function fromToken({ token, logprob, bytes }: JsonObject): JsonObject {
  return { token, logprob, bytes: bytes ?? null };
}

/** A value that is no token stays as it is: the normaliser refuses it. */
const fromTokens = (tokens: unknown, from: (token: JsonObject) => JsonObject): unknown =>
  Array.isArray(tokens) ? tokens.map((token: unknown) => (isJsonObject(token) ? from(token) : token)) : tokens;

/** Ollama's list -> the `logprobs` of a choice. */
export function fromOllamaLogprobs(logprobs: unknown): JsonObject | undefined {
  if (logprobs === undefined || isNothing(logprobs)) return undefined;
  const content = fromTokens(logprobs, (token) => ({
    ...fromToken(token),
    top_logprobs: fromTokens(token['top_logprobs'] ?? [], fromToken),
  }));
  return { content, refusal: null };
}
