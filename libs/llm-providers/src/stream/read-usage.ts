import { type CompletionUsage, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** Whether a number from outside counts tokens. Counters refuse anything else, and sums of it would be wrong. */
export function isTokenCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function toUsage(value: unknown): CompletionUsage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens } = value;
  if (!isNumber(promptTokens)) return undefined;
  // What is no count passes as it came, and nothing is added up from it.
  if (isNumber(totalTokens) || !isTokenCount(promptTokens) || !isTokenCount(completionTokens)) {
    return { ...value, prompt_tokens: promptTokens };
  }
  return {
    ...value,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** The usage of a raw answer or chunk, wherever the provider put it: beside the choices, in `x_groq`, in a choice. */
export function readUsage(raw: JsonObject): CompletionUsage | undefined {
  const inGroq = isJsonObject(raw['x_groq']) ? toUsage(raw['x_groq']['usage']) : undefined;
  const choices: unknown[] = Array.isArray(raw['choices']) ? raw['choices'] : [];
  const inChoice = choices.map((choice) => (isJsonObject(choice) ? toUsage(choice['usage']) : undefined));
  return toUsage(raw['usage']) ?? inGroq ?? inChoice.find((usage) => usage !== undefined);
}
