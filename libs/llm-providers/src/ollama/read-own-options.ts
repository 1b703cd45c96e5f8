import { ApiError, isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** The caller's own `options`, an extension. */
export function readOwnOptions(options: unknown): JsonObject {
  if (options === undefined || options === null) return {};
  if (isJsonObject(options)) return options;
  throw ApiError.invalidRequest(
    'options must be an object of Ollama options, for example {"num_ctx": 8192}',
    'options',
  );
}
