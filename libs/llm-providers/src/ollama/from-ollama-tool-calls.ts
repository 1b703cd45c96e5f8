import { type JsonObject, stringifyJson } from '@mana-llm/openai-api';
import type { OllamaChatResponse } from './ollama-api.js';

type OllamaCalls = NonNullable<OllamaChatResponse['message']>['tool_calls'];

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return stringifyJson(typeof value === 'object' && value !== null ? value : {});
}

/**
 * Ollama's calls -> OpenAI's. Each of Ollama's calls is whole, so each gets the next index: its own `index` is missing, or
 * 0 for every call, on older servers. `firstIndex` counts on over the lines of a stream.
 */
export function fromOllamaToolCalls(calls: OllamaCalls, firstIndex = 0): JsonObject[] {
  return (Array.isArray(calls) ? calls : []).map((call, position) => ({
    index: firstIndex + position,
    ...(typeof call.id === 'string' && call.id !== '' ? { id: call.id } : {}),
    type: 'function',
    function: { name: call.function?.name, arguments: argumentsText(call.function?.arguments) },
  }));
}
