import { ApiError, type ChatCompletionRequest, isJsonObject, type ResponseFormat } from '@mana-llm/openai-api';
import type { OllamaFormat, OllamaThink } from '../ollama-api.js';

/** The schema that llama.cpp's server and Together accept beside `json_object` (https://docs.together.ai/docs/json-mode). */
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

/**
 * OpenAI's efforts -> `think`. `low`, `medium` and `high` are known to every server with thinking
 * (https://docs.ollama.com/capabilities/thinking); models without levels read each of them as "on".
 */
const EFFORTS: ReadonlyMap<string, OllamaThink> = new Map<string, OllamaThink>([
  ['none', false],
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

function fromEffort(effort: unknown, param: string): OllamaThink {
  const think = typeof effort === 'string' ? EFFORTS.get(effort) : undefined;
  if (think !== undefined) return think;
  throw ApiError.invalidRequest(`${param} must be one of ${[...EFFORTS.keys()].join(', ')}`, param);
}

function fromReasoning(reasoning: unknown): OllamaThink | undefined {
  if (!isJsonObject(reasoning)) throw ApiError.invalidRequest('reasoning must be an object', 'reasoning');
  if (reasoning.enabled === false) return false;
  if (reasoning.effort !== undefined && reasoning.effort !== null)
    return fromEffort(reasoning.effort, 'reasoning.effort');
  return reasoning.enabled === true ? true : undefined;
}

/** Ollama's own `think` comes first, then OpenAI's `reasoning_effort`, then the `reasoning` object. */
export function toOllamaThink(request: ChatCompletionRequest): OllamaThink | undefined {
  const { think, reasoning_effort: effort, reasoning } = request;
  if (think !== undefined && think !== null) {
    if (typeof think === 'boolean' || typeof think === 'string') return think;
    throw ApiError.invalidRequest('think must be true, false or an effort such as "low"', 'think');
  }
  if (effort !== undefined && effort !== null) return fromEffort(effort, 'reasoning_effort');
  if (reasoning !== undefined && reasoning !== null) return fromReasoning(reasoning);
  return undefined;
}
