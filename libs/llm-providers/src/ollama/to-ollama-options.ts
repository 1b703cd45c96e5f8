import { ApiError, type ChatCompletionRequest, ExactInteger, type JsonObject, setFields } from '@mana-llm/openai-api';
import { readOwnOptions } from './read-own-options.js';

/**
 * Field of the request -> Ollama's option (https://docs.ollama.com/modelfile#valid-parameters-and-values). The last three
 * are no fields of OpenAI; other OpenAI-like servers take them.
 */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_p: 'top_p',
  seed: 'seed',
  frequency_penalty: 'frequency_penalty',
  presence_penalty: 'presence_penalty',
  top_k: 'top_k',
  min_p: 'min_p',
  repetition_penalty: 'repeat_penalty',
};

/**
 * An empty text stands in every answer and would end it before its first word. An empty list says nothing, and sent on it would
 * switch off the model's own stop words.
 */
function toStopList(stop: string | string[] | null | undefined): string[] | undefined {
  const list = [stop ?? []].flat().filter((text) => text !== '');
  return list.length > 0 ? list : undefined;
}

/** `options` holds what was sent and nothing else: a default of ours would hide the one of the model. */
export function toOllamaOptions(request: ChatCompletionRequest): JsonObject | undefined {
  const options: JsonObject = {};
  for (const [field, option] of Object.entries(OPTION_NAMES)) {
    const value = request[field];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' && !(value instanceof ExactInteger))
      throw ApiError.invalidRequest(`${field} must be a number`, field);
    options[option] = value;
  }
  const maxTokens = request.max_completion_tokens ?? request.max_tokens ?? undefined;
  if (maxTokens !== undefined) options.num_predict = maxTokens;
  const stop = toStopList(request.stop);
  if (stop !== undefined) options.stop = stop;
  setFields(options, readOwnOptions(request.options));
  return Object.keys(options).length > 0 ? options : undefined;
}
