import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** Where OpenAI's API description, or our own check of a request, allows null: it says what leaving the field out says. */
const NULLABLE: ReadonlySet<string> = new Set([
  'audio',
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'metadata',
  'modalities',
  'moderation',
  'n',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'temperature',
  'tools',
  'top_logprobs',
  'top_p',
  'verbosity',
]);

function isText(format: unknown): boolean {
  if (!isJsonObject(format) || format.type !== 'text') return false;
  return Object.entries(format).every(([field, value]) => field === 'type' || value === undefined);
}

function isUsualChoice(choice: unknown, { tools }: JsonObject): boolean {
  return choice === (Array.isArray(tools) && tools.length > 0 ? 'auto' : 'none');
}

/**
 * The defaults of OpenAI's `CreateChatCompletionRequest` that are the default of every provider. Others are not, so that a value
 * that is sent asks for something else than no value:
 * - `temperature`, `top_p`, `frequency_penalty`, `presence_penalty`: an Ollama model brings its own (`PARAMETER` of its
 *   Modelfile), a server such as vLLM those of the model's `generation_config.json`;
 * - `parallel_tool_calls`: off by default at llama.cpp's server;
 * - `service_tier`: `on_demand` by default at Groq;
 * - `modalities`: a model that makes images gives text and images by default;
 * - `reasoning_effort`, `verbosity`: the model's own business.
 */
const DEFAULTS: Readonly<Record<string, (value: unknown, request: JsonObject) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  store: (value) => value === false,
  response_format: isText,
  tool_choice: isUsualChoice,
};

/** Whether a field of a chat request says no more than its absence would. */
export function isChatDefault(field: string, value: unknown, request: JsonObject): boolean {
  if (value === null) return NULLABLE.has(field);
  return Object.hasOwn(DEFAULTS, field) && DEFAULTS[field]?.(value, request) === true;
}
