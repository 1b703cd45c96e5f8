import { type JsonObject, setField } from '@mana-llm/openai-api';

/** A copy without the named fields and without those that are null: what is left is the provider's own. */
export function passThrough(source: JsonObject, known: ReadonlySet<string>): JsonObject {
  const rest: JsonObject = {};
  for (const [field, value] of Object.entries(source)) {
    if (!known.has(field) && value !== null && value !== undefined) setField(rest, field, value);
  }
  return rest;
}

/** Top-level fields that are ours to write, or are one provider's noise: Groq's `x_groq`, OpenAI's padding, Azure's filter report. */
export const KNOWN_TOP_LEVEL: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'error',
  'x_groq',
  'obfuscation',
  'prompt_filter_results',
]);
