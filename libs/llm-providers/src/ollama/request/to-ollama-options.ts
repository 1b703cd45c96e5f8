import {
  ApiError,
  type ChatCompletionRequest,
  ExactInteger,
  isJsonObject,
  type JsonObject,
  setFields,
} from '@mana-llm/openai-api';
import type { OllamaChatRequest } from '../ollama-api.js';

/**
 * Field of the request -> Ollama's option (https://docs.ollama.com/modelfile#valid-parameters-and-values). The last three
 * are not OpenAI's; other OpenAI-compatible servers accept them.
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
 * Every answer contains the empty text, which would end it before its first word. An empty list would switch off the model's own
 * stop words.
 */
function toStopList(stop: string | string[] | null | undefined): string[] | undefined {
  const list = [stop ?? []].flat().filter((text) => text !== '');
  return list.length > 0 ? list : undefined;
}

/** `options` holds only what the caller sent: a default of ours would replace the model's own. */
export function toOllamaOptions(request: ChatCompletionRequest): JsonObject | undefined {
  const sent: JsonObject = request;
  const options: JsonObject = {};
  for (const [field, option] of Object.entries(OPTION_NAMES)) {
    const value = sent[field];
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

/** The caller's own `options`, an extension. */
export function readOwnOptions(options: unknown): JsonObject {
  if (options === undefined || options === null) return {};
  if (isJsonObject(options)) return options;
  throw ApiError.invalidRequest(
    'options must be an object of Ollama options, for example {"num_ctx": 8192}',
    'options',
  );
}

/** How long the model stays loaded, an extension: `"10m"`, or seconds. Negative: it is never unloaded. */
export function readKeepAlive(keepAlive: unknown): string | number | undefined {
  if (keepAlive === undefined || keepAlive === null) return undefined;
  if (typeof keepAlive === 'string' || typeof keepAlive === 'number') return keepAlive;
  throw ApiError.invalidRequest('keep_alive must be a duration such as "10m", or seconds', 'keep_alive');
}

/** The request for choice number `index` of `n`. With the same seed all choices would be the same. */
export function withChoiceSeed(body: OllamaChatRequest, index: number): OllamaChatRequest {
  const seed = body.options?.['seed'];
  if (index === 0 || !(typeof seed === 'number' || seed instanceof ExactInteger)) return body;
  const other =
    seed instanceof ExactInteger ? new ExactInteger(`${BigInt(seed.digits) + BigInt(index)}`) : seed + index;
  return { ...body, options: { ...body.options, seed: other } };
}
