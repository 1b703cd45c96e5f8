import { type ChatCompletion, isJsonObject } from '@mana-llm/openai-api';

const isChoice = (choice: unknown): boolean => isJsonObject(choice) && isJsonObject(choice['message']);

/** A stored value as the answer that it is; undefined where it is none. */
export function readStoredCompletion(value: unknown): ChatCompletion | undefined {
  if (!isJsonObject(value) || value['object'] !== 'chat.completion' || typeof value['model'] !== 'string') {
    return undefined;
  }
  const choices: unknown = value['choices'];
  const isWhole = Array.isArray(choices) && choices.length > 0 && choices.every(isChoice);
  return isWhole ? (value as unknown as ChatCompletion) : undefined;
}
