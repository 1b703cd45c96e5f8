import { ApiError, type EmbeddingRequest } from '@mana-llm/openai-api';

export interface EmbeddingInput {
  value: string | number[];
  /** The path of the input in the request. */
  param: string;
}

/** The inputs one by one: a text or one list of tokens is one. */
export function toEmbeddingInputs(input: EmbeddingRequest['input']): EmbeddingInput[] {
  const isOne = typeof input === 'string' || typeof input[0] === 'number';
  const inputs = isOne
    ? [{ value: input as string | number[], param: 'input' }]
    : (input as (string | number[])[]).map((value, index) => ({ value, param: `input[${index}]` }));
  for (const { value, param } of inputs) {
    if (value.length === 0) throw ApiError.invalidRequest(`${param} must not be empty`, param);
  }
  return inputs;
}
