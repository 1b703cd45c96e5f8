import { ExactInteger } from '@mana-llm/openai-api';
import type { OllamaChatRequest } from './ollama-api.js';

/** The request for choice number `index` of `n`: with the same seed all of them would be the same answer. */
export function withChoiceSeed(body: OllamaChatRequest, index: number): OllamaChatRequest {
  const seed = body.options?.['seed'];
  if (index === 0 || !(typeof seed === 'number' || seed instanceof ExactInteger)) return body;
  const other =
    seed instanceof ExactInteger ? new ExactInteger(`${BigInt(seed.digits) + BigInt(index)}`) : seed + index;
  return { ...body, options: { ...body.options, seed: other } };
}
