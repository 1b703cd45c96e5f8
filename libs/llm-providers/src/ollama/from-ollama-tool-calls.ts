import { isJsonObject, type JsonObject, stringifyJson } from '@mana-llm/openai-api';

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '{}' : value;
  return stringifyJson(typeof value === 'object' && value !== null ? value : {});
}

/**
 * Ollama's calls -> OpenAI's. Each of Ollama's calls is whole, so each gets the next index: its own `index` is missing, or
 * 0 for every call, on older servers. `firstIndex` counts on over the lines of a stream.
 */
export function fromOllamaToolCalls(calls: unknown, firstIndex = 0): JsonObject[] {
  const list: unknown[] = Array.isArray(calls) ? calls : [];
  return list.filter(isJsonObject).map(({ id, function: called }, position) => {
    const { name, arguments: args } = isJsonObject(called) ? called : {};
    return {
      index: firstIndex + position,
      ...(typeof id === 'string' && id !== '' ? { id } : {}),
      type: 'function',
      function: { name, arguments: argumentsText(args) },
    };
  });
}
