import type { CompletionUsage, JsonObject } from '@mana-llm/openai-api';
import { isTokenCount } from '../stream/read-usage.js';
import type { OllamaChatResponse } from './ollama-api.js';

const NS_PER_MS = 1_000_000;
const NS_PER_S = 1_000_000_000;

const isDuration = (value: unknown): value is number => Number.isFinite(value);

/**
 * `prompt_eval_count` is left out when the whole prompt was in the cache. Without `eval_count` nothing is known of the
 * answer, and no number is better than a wrong one.
 */
export function fromOllamaUsage(response: OllamaChatResponse): CompletionUsage | undefined {
  const { prompt_eval_count: promptTokens = 0, eval_count: completionTokens } = response;
  if (!isTokenCount(promptTokens) || !isTokenCount(completionTokens)) return undefined;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** What Ollama measured: how long the model took to load, to read and to write. Undefined where it tells nothing. */
export function fromOllamaTimings(response: OllamaChatResponse): JsonObject | undefined {
  const durations = {
    total_ms: response.total_duration,
    load_ms: response.load_duration,
    prompt_ms: response.prompt_eval_duration,
    eval_ms: response.eval_duration,
  };
  const timings: JsonObject = {};
  for (const [name, ns] of Object.entries(durations)) if (isDuration(ns)) timings[name] = ns / NS_PER_MS;
  const { eval_count: tokens, eval_duration: evalNs } = response;
  if (isTokenCount(tokens) && isDuration(evalNs) && evalNs > 0)
    timings.tokens_per_second = Math.round((tokens / evalNs) * NS_PER_S * 100) / 100;
  return Object.keys(timings).length > 0 ? timings : undefined;
}
