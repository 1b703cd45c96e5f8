import type { JsonObject } from '@mana-llm/openai-api';
import type { OllamaLogprob, OllamaTokenLogprob } from './ollama-api.js';

/** OpenAI always has `bytes`: null where the token's bytes are not known. */
function fromToken({ token, logprob, bytes }: OllamaTokenLogprob): JsonObject {
  return { token, logprob, bytes: bytes ?? null };
}

/** Ollama's list -> the `logprobs` of a choice. */
export function fromOllamaLogprobs(logprobs: OllamaLogprob[] | null | undefined): JsonObject | undefined {
  if (!Array.isArray(logprobs) || logprobs.length === 0) return undefined;
  const content = logprobs.map((entry) => ({
    ...fromToken(entry),
    top_logprobs: (entry.top_logprobs ?? []).map(fromToken),
  }));
  return { content, refusal: null };
}
