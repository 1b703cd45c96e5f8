import { ApiError, isJsonObject, type ResponseFormat } from '@mana-llm/openai-api';
import type { OllamaFormat } from './ollama-api.js';

/** The schema that llama.cpp's server and Together take beside `json_object` (https://docs.together.ai/docs/json-mode). */
function toObjectFormat(schema: unknown): OllamaFormat {
  if (schema === undefined || schema === null) return 'json';
  if (isJsonObject(schema)) return schema;
  throw ApiError.invalidRequest('response_format.schema must be an object', 'response_format.schema');
}

/** `response_format` -> `format`. */
export function toOllamaFormat(format: ResponseFormat | null | undefined): OllamaFormat | undefined {
  if (format === undefined || format === null) return undefined;
  switch (format.type) {
    case 'text':
      return undefined;
    case 'json_object':
      return toObjectFormat(format['schema']);
    case 'json_schema':
      return format.json_schema?.schema ?? 'json';
    default:
      throw ApiError.invalidRequest(
        `Ollama does not support the response format ${JSON.stringify(format.type)}: use text, json_object or json_schema.`,
        'response_format.type',
      );
  }
}
