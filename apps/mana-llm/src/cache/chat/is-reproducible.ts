import type { ChatCompletionRequest } from '@mana-llm/openai-api';

/** Whether the caller wants the same answer to the same request: no chance in it, or a seed for it. */
export function isReproducible({ temperature, seed }: Pick<ChatCompletionRequest, 'temperature' | 'seed'>): boolean {
  return temperature === 0 || (seed !== undefined && seed !== null);
}
