import { randomUUID } from 'node:crypto';
import { type CompletionUsage, ExactInteger, isJsonObject, type JsonObject, setField } from '@mana-llm/openai-api';

/** As seconds this is after the year 5000, so a larger number counts milliseconds or a smaller unit. */
const MAX_SECONDS = 1e11;

/** A point in time as whole Unix seconds; undefined for any other value. Some servers count milliseconds or less. */
export function toUnixSeconds(value: unknown): number | undefined {
  let seconds = Number(value instanceof ExactInteger || typeof value === 'number' ? value : NaN);
  if (!Number.isFinite(seconds) || seconds <= 0) return undefined;
  while (seconds >= MAX_SECONDS) seconds /= 1000;
  return Math.floor(seconds);
}

/** `id` and `created` of one answer: the upstream's first real values, else ours. `created` is in Unix seconds. */
export class AnswerIdentity {
  private upstreamId: string | undefined;
  private upstreamCreated: number | undefined;
  private fixed: { id: string; created: number } | undefined;

  learn(raw: JsonObject): void {
    const { id, created } = raw;
    if (typeof id === 'string' && id !== '') this.upstreamId ??= id;
    this.upstreamCreated ??= toUnixSeconds(created);
  }

  /** The same values from the first call on, whatever the upstream says later. */
  get(): { id: string; created: number } {
    this.fixed ??= {
      id: this.upstreamId ?? `chatcmpl-${randomUUID()}`,
      created: this.upstreamCreated ?? Math.floor(Date.now() / 1000),
    };
    return this.fixed;
  }
}

/** Whether a value from outside is a count of tokens: sums and metrics take no other value. */
export function isTokenCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Leaves out what is not a count: clients in typed languages fail to read a whole answer because of one. Without the prompt's
 * tokens there is no usage.
 */
function toUsage(value: unknown): CompletionUsage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total, ...details } = value;
  if (!isTokenCount(prompt)) return undefined;
  const usage: CompletionUsage = { ...details, prompt_tokens: prompt };
  if (isTokenCount(completion)) usage.completion_tokens = completion;
  if (isTokenCount(total)) usage.total_tokens = total;
  else if (isTokenCount(completion)) usage.total_tokens = prompt + completion;
  return usage;
}

/** The usage of a raw answer or chunk, wherever the provider put it: beside the choices, in `x_groq`, in a choice. */
export function readUsage(raw: JsonObject): CompletionUsage | undefined {
  const inGroq = isJsonObject(raw['x_groq']) ? toUsage(raw['x_groq']['usage']) : undefined;
  const choices: unknown[] = Array.isArray(raw['choices']) ? raw['choices'] : [];
  const inChoice = choices.map((choice) => (isJsonObject(choice) ? toUsage(choice['usage']) : undefined));
  return toUsage(raw['usage']) ?? inGroq ?? inChoice.find((usage) => usage !== undefined);
}

/** The index that a provider gives, or the position where it gives none; undefined for a value that is not an index. */
export function readIndex(value: unknown, position: number): number | undefined {
  if (value === undefined || value === null) return position;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** The provider's own fields: a copy without the known fields and without those that are null. */
export function passThrough(source: JsonObject, known: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const [field, value] of Object.entries(source)) {
    if (!known.has(field) && value !== null && value !== undefined) setField(rest, field, value);
  }
  return rest;
}

/** Top-level fields that the gateway writes, or that say nothing to a client: Groq's `x_groq`, OpenAI's padding, Azure's filter report. */
export const KNOWN_TOP_LEVEL: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'error',
  'x_groq',
  'obfuscation',
  'prompt_filter_results',
]);
