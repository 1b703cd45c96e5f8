import { randomInt } from 'node:crypto';
import { ApiError, type ChatCompletionRequest, ExactInteger } from '@mana-llm/openai-api';
import type { Sampling } from './embedded-model.js';

const SEEDS = 2 ** 32;

/**
 * OpenAI's default for `temperature`; top_p and top_k as Google advises for Gemma 3, since the long tail of a small
 * model's distribution is noise (https://ai.google.dev/gemma/docs).
 */
const DEFAULTS = { temperature: 1, topP: 0.95, topK: 64 };

function numberOr(request: ChatCompletionRequest, field: string, fallback: number): number {
  const value = request[field];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw ApiError.invalidRequest(`${field} must be a number`, field);
  }
  return value;
}

/** llama.cpp's seeds are unsigned 32-bit numbers. Each choice has its own, or all of them would say the same. */
function toSeed(seed: number | null | undefined, choice: number): number {
  if (seed === undefined || seed === null) return randomInt(SEEDS);
  return (((seed + choice) % SEEDS) + SEEDS) % SEEDS;
}

/** `top_k`, `min_p` and `repetition_penalty` are no fields of OpenAI; other OpenAI-like servers take them. */
export function toSampling(request: ChatCompletionRequest, choice: number): Sampling {
  return {
    temperature: numberOr(request, 'temperature', DEFAULTS.temperature),
    topP: numberOr(request, 'top_p', DEFAULTS.topP),
    topK: numberOr(request, 'top_k', DEFAULTS.topK),
    minP: numberOr(request, 'min_p', 0),
    seed: toSeed(request.seed instanceof ExactInteger ? Number(request.seed) : request.seed, choice),
    frequencyPenalty: numberOr(request, 'frequency_penalty', 0),
    presencePenalty: numberOr(request, 'presence_penalty', 0),
    repetitionPenalty: numberOr(request, 'repetition_penalty', 1),
  };
}
