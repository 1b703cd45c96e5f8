import type { EmbeddingRequest } from '@mana-llm/openai-api';

/** How many vectors an embedding request asks for: a text or one list of tokens is one. */
export function countInputs(input: EmbeddingRequest['input']): number {
  return Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
}
