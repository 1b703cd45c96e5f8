import { type CompletionUsage, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** Whether a number from outside counts tokens. Counters refuse anything else, and sums of it would be wrong. */
export function isTokenCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Clients of typed languages lose the whole answer at a count of another type: what is no count is left out, and without the
 * prompt's tokens there is no usage.
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
