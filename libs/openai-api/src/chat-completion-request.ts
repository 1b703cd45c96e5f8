import type { ChatMessage } from './chat-message.js';
import type { ExactInteger } from './json.js';
import type { JsonObject } from './json-object.js';

/** OpenAI's `ChatCompletionStreamOptions`. `include_usage` asks for a last frame with the usage of the whole stream. */
export type StreamOptions = {
  include_usage?: boolean | null;
  include_obfuscation?: boolean | null;
};

/** A function that the model may call. `parameters` is a JSON schema. */
export type FunctionDefinition = {
  name: string;
  description?: string | null;
  parameters?: JsonObject | null;
  strict?: unknown;
};

/** A tool that the model may call. The gateway reads the type `function`; others pass unread to the provider. */
export type ChatTool = {
  type: string;
  function?: FunctionDefinition;
  custom?: unknown;
};

/** The schema of a `ResponseFormat` of type `json_schema`. `schema` is a JSON schema. */
export type JsonSchemaFormat = {
  name?: string | null;
  description?: string | null;
  schema?: JsonObject | null;
  strict?: unknown;
};

/** The form that the answer must have: `text`, `json_object` or `json_schema`. */
export type ResponseFormat = {
  type: string;
  json_schema?: JsonSchemaFormat;
  /** Of `json_object`: a JSON schema, as llama.cpp's server takes it. */
  schema?: unknown;
};

/**
 * The body of `POST /v1/chat/completions`: OpenAI's `CreateChatCompletionRequest`
 * (https://platform.openai.com/docs/api-reference/chat/create) and the fields that the gateway adds to it. A field of the type
 * `unknown` is not checked by the gateway. At run time a request may have further fields; the gateway passes them on.
 *
 * These are types and not interfaces, so that a request can stand where a `JsonObject` is asked for.
 */
export type ChatCompletionRequest = {
  /** `provider/model`, a bare Ollama model name, or an alias. Left out: the default model. */
  model?: string | null;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: StreamOptions | null;
  /** 0 to 2. */
  temperature?: number | null;
  /** 0 to 1. */
  top_p?: number | null;
  /** OpenAI's older name of `max_completion_tokens`. */
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  /** How many answers, 1 to 128. */
  n?: number | null;
  stop?: string | string[] | null;
  seed?: number | ExactInteger | null;
  /** -2 to 2. */
  frequency_penalty?: number | null;
  /** -2 to 2. */
  presence_penalty?: number | null;
  logprobs?: boolean | null;
  /** 0 to 20. */
  top_logprobs?: number | null;
  tools?: ChatTool[] | null;
  tool_choice?: unknown;
  parallel_tool_calls?: unknown;
  response_format?: ResponseFormat | null;
  /** Such as `low`. */
  reasoning_effort?: string | null;
  audio?: unknown;
  function_call?: unknown;
  functions?: unknown;
  logit_bias?: unknown;
  metadata?: unknown;
  modalities?: unknown;
  moderation?: unknown;
  prediction?: unknown;
  prompt_cache_key?: unknown;
  prompt_cache_retention?: unknown;
  safety_identifier?: unknown;
  service_tier?: unknown;
  store?: unknown;
  user?: unknown;
  verbosity?: unknown;
  web_search_options?: unknown;

  /** The gateway's own: models and aliases that are tried in order, after `model` where that is set. */
  models?: string[] | null;
  /** Ollama's own (https://docs.ollama.com/api/chat). */
  keep_alive?: unknown;
  options?: unknown;
  think?: unknown;
  /** OpenRouter's form of `reasoning_effort`. */
  reasoning?: unknown;
  /** Sampling that servers like vLLM and llama.cpp take beside OpenAI's. */
  top_k?: unknown;
  min_p?: unknown;
  repetition_penalty?: unknown;
};
