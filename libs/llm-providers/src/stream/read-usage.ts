import { type CompletionUsage, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

const isCount = (value: unknown): value is number => typeof value === 'number';

function toUsage(value: unknown): CompletionUsage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens } = value;
  if (!isCount(promptTokens)) return undefined;
  if (isCount(totalTokens) || !isCount(completionTokens)) return { ...value, prompt_tokens: promptTokens };
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
