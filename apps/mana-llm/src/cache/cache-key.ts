import {
  type ChatCompletionRequest,
  type EmbeddingRequest,
  isJsonObject,
  type JsonObject,
  setField,
} from '@mana-llm/openai-api';
import { canonicalHash } from './canonical-hash.js';

/** The number goes up when the stored form, or the meaning of a key, changes: then no entry of an older gateway is read. */
const PREFIX = 'mana-llm:v1';

/** The route counts in place of the model's name. Streamed or not, the content of the answer is the same. */
const CHAT_FIELDS_LEFT_OUT: ReadonlySet<string> = new Set(['model', 'models', 'stream', 'stream_options']);
/** Floats are stored; they are packed later for a request that asks for base64. */
const EMBEDDING_FIELDS_LEFT_OUT: ReadonlySet<string> = new Set(['model', 'models', 'input', 'encoding_format']);

export interface KeyedRequest<T> {
  request: T;
  /** The resolved `provider/model` names that may answer, in order. */
  route: readonly string[];
  /** Callers with the same scope share answers; undefined is a scope, too. */
  scope: string | undefined;
}

/** One text, or one list of tokens. */
export type EmbeddingItem = string | number[];

function fieldsWhere(request: JsonObject, counts: (field: string, value: unknown) => boolean): JsonObject {
  const fields: JsonObject = {};
  for (const field of Object.keys(request)) {
    if (counts(field, request[field])) setField(fields, field, request[field]);
  }
  return fields;
}

/**
 * Every field counts, also an unknown one, except the few that are left out by name. `user`, `safety_identifier`, `prompt_cache_key`
 * and `metadata` count, too: they name an end user, and providers act on them (blocks, records, routing). To share an answer by
 * mistake is worse than to ask for it twice.
 */
export function chatCacheKey({ request, route, scope }: KeyedRequest<ChatCompletionRequest>): string {
  const fields = fieldsWhere(
    request,
    (field, value) => !CHAT_FIELDS_LEFT_OUT.has(field) && !isChatDefault(field, value, request),
  );
  return `${PREFIX}:chat:${canonicalHash({ fields, route, scope })}`;
}

/**
 * The keys of the items of an embedding request, in order. To every provider, `dimensions: null` means the same as no `dimensions`.
 * The fields that all items share are hashed once: there may be 2,048 items beside a field of megabytes.
 */
export function embeddingCacheKeys(
  { request, route, scope }: KeyedRequest<EmbeddingRequest>,
  items: readonly EmbeddingItem[],
): string[] {
  const fields = fieldsWhere(
    request,
    (field, value) => !EMBEDDING_FIELDS_LEFT_OUT.has(field) && !(field === 'dimensions' && value === null),
  );
  const shared = canonicalHash({ fields, route, scope });
  return items.map((input) => `${PREFIX}:embedding:${canonicalHash({ shared, input })}`);
}

/** Fields for which OpenAI's API description, or this gateway's check of a request, allows null: null means the same as no field. */
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
 * The defaults of OpenAI's `CreateChatCompletionRequest` that are the defaults of every provider. The others are not, and a request
 * that sends such a value may ask for another answer than a request without the field:
 * - `temperature`, `top_p`, `frequency_penalty`, `presence_penalty`: an Ollama model has its own defaults (`PARAMETER` of its
 *   Modelfile), and a server such as vLLM takes those of the model's `generation_config.json`;
 * - `parallel_tool_calls`: off by default at llama.cpp's server;
 * - `service_tier`: `on_demand` by default at Groq;
 * - `modalities`: a model that makes images gives text and images by default;
 * - `reasoning_effort`, `verbosity`: each model has its own default.
 */
const DEFAULTS: Readonly<Record<string, (value: unknown, request: JsonObject) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  store: (value) => value === false,
  response_format: isText,
  tool_choice: isUsualChoice,
};

/** Whether a field of a chat request means the same as no field. */
function isChatDefault(field: string, value: unknown, request: JsonObject): boolean {
  if (value === null) return NULLABLE.has(field);
  return Object.hasOwn(DEFAULTS, field) && DEFAULTS[field]?.(value, request) === true;
}
