import { ApiError } from '@mana-llm/openai-api';
import type { ResponseFormat } from '@mana-llm/openai-api';
import type { OllamaFormat } from './ollama-api.js';

/** `response_format` -> `format`. */
export function toOllamaFormat(format: ResponseFormat | null | undefined): OllamaFormat | undefined {
  if (format === undefined || format === null) return undefined;
  switch (format.type) {
    case 'text':
      return undefined;
    case 'json_object':
      return 'json';
    case 'json_schema':
      return format.json_schema?.schema ?? 'json';
    default:
      throw ApiError.invalidRequest(
        `Ollama does not support the response format ${JSON.stringify(format.type)}: use text, json_object or json_schema.`,
        'response_format.type',
      );
  }
}
