import { type CompletionUsage, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

function toUsage(value: unknown): CompletionUsage | undefined {
  if (!isJsonObject(value) || typeof value['prompt_tokens'] !== 'number') return undefined;
  const promptTokens = value['prompt_tokens'];
  const completionTokens = typeof value['completion_tokens'] === 'number' ? value['completion_tokens'] : 0;
  const totalTokens = typeof value['total_tokens'] === 'number' ? value['total_tokens'] : promptTokens + completionTokens;
  return { ...value, prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens };
}

/** The usage of a raw answer or chunk, wherever the provider put it: beside the choices, in `x_groq`, in a choice. */
export function readUsage(raw: JsonObject): CompletionUsage | undefined {
  const inGroq = isJsonObject(raw['x_groq']) ? toUsage(raw['x_groq']['usage']) : undefined;
  const choices: unknown[] = Array.isArray(raw['choices']) ? raw['choices'] : [];
  const inChoice = choices.map((choice) => (isJsonObject(choice) ? toUsage(choice['usage']) : undefined));
  return toUsage(raw['usage']) ?? inGroq ?? inChoice.find((usage) => usage !== undefined);
}
