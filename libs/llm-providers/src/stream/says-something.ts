import type { ChunkDelta } from '@mana-llm/openai-api';
import { isNothing } from './is-nothing.js';

/** True for a delta with text, reasoning, a refusal, a tool call, or a provider's own kind of content. */
export function saysSomething({ role: _, ...rest }: ChunkDelta): boolean {
  // Numbers and flags (a token's id) describe content; they are none.
  return Object.values(rest).some(
    (value) => (typeof value === 'string' || typeof value === 'object') && !isNothing(value),
  );
}
