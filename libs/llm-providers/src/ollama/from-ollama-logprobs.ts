import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { isNothing } from '../stream/is-nothing.js';

/** OpenAI always has `bytes`: null where the token's bytes are not known. */
function fromToken({ token, logprob, bytes }: JsonObject): JsonObject {
  return { token, logprob, bytes: bytes ?? null };
}

/** What is no token stays as it is: the normaliser refuses it. */
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
