import type { JsonObject } from '@mana-llm/openai-api';
import type { ForcedCall } from './from-forced-call.js';
import { fromOllamaTimings, fromOllamaUsage } from './from-ollama-metrics.js';
import type { OllamaChatResponse } from './ollama-api.js';
import { toUnixSeconds } from './to-unix-seconds.js';

/** How the request shapes the reading of its answer. */
export interface AnswerReading {
  /** JSON was asked for: a code fence around it goes. */
  isJson: boolean;
  /** `parallel_tool_calls: false`: Ollama has no such switch, so calls after the first are left out here. */
  hasOneCallAtMost: boolean;
  /** `tool_choice` asks for a call, which Ollama gives as text that keeps to a schema. */
  forcedCall?: ForcedCall;
}

/** The name that Ollama's own OpenAI-like route gives; it stays the same, as the field is meant to. */
const SYSTEM_FINGERPRINT = 'fp_ollama';

/** The fields around the choices of an answer, or of one line of a stream. */
export function fromOllamaEnvelope(response: OllamaChatResponse): JsonObject {
  const created = toUnixSeconds(response.created_at);
  const usage = fromOllamaUsage(response);
  const timings = fromOllamaTimings(response);
  return {
    system_fingerprint: SYSTEM_FINGERPRINT,
    ...(created === undefined ? {} : { created }),
    ...(usage === undefined ? {} : { usage }),
    ...(timings === undefined ? {} : { x_ollama: timings }),
  };
}

/** Older servers give no reason: then the end is a normal one. What a reason means, and calls made, the normaliser knows. */
export function fromOllamaDoneReason(reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? reason : 'stop';
}
