import type { CompletionUsage, JsonObject } from '@mana-llm/openai-api';
import { isTokenCount } from '../../stream/answer-fields.js';
import { type OllamaChatResponse, rfc3339ToUnixSeconds } from '../ollama-api.js';

const NS_PER_MS = 1_000_000;
const NS_PER_S = 1_000_000_000;

const isDuration = (value: unknown): value is number => Number.isFinite(value);

/**
 * `prompt_eval_count` is missing when the whole prompt was in the cache. Without `eval_count` the answer's length is
 * unknown, and no number is better than a wrong one.
 */
function fromOllamaUsage(response: OllamaChatResponse): CompletionUsage | undefined {
  const { prompt_eval_count: promptTokens = 0, eval_count: completionTokens } = response;
  if (!isTokenCount(promptTokens) || !isTokenCount(completionTokens)) return undefined;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** What Ollama measured: how long the model took to load, to read and to write. Undefined where the server sends no times. */
function fromOllamaTimings(response: OllamaChatResponse): JsonObject | undefined {
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

/** What Ollama's own OpenAI-compatible route sends. It never changes. */
const SYSTEM_FINGERPRINT = 'fp_ollama';

/** The fields around the choices of an answer, or of one line of a stream. */
export function fromOllamaEnvelope(response: OllamaChatResponse): JsonObject {
  const created = rfc3339ToUnixSeconds(response.created_at);
  const usage = fromOllamaUsage(response);
  const timings = fromOllamaTimings(response);
  return {
    system_fingerprint: SYSTEM_FINGERPRINT,
    ...(created === undefined ? {} : { created }),
    ...(usage === undefined ? {} : { usage }),
    ...(timings === undefined ? {} : { x_ollama: timings }),
  };
}

/** Older servers send no reason: then it is `stop`. The normaliser maps reasons and accounts for calls. */
export function fromOllamaDoneReason(reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? reason : 'stop';
}
