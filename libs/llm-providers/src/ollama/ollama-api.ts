import type { JsonObject } from '@mana-llm/openai-api';

/**
 * Ollama's own wire format, as far as it is used here: https://docs.ollama.com/api and `api/types.go` of
 * https://github.com/ollama/ollama. Answers are described loosely: older servers lack some of the fields.
 */
export interface OllamaToolCall {
  id?: string;
  function: { name: string; arguments: JsonObject };
}

export interface OllamaMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** Base64, without the prefix of a data URL. */
  images?: string[];
  thinking?: string;
  tool_calls?: OllamaToolCall[];
  tool_name?: string;
  tool_call_id?: string;
}

/** `'json'` for any JSON object, or the JSON schema that the answer must fit. */
export type OllamaFormat = 'json' | JsonObject;

/** Off, on, or an effort: `low`, `medium`, `high`, and on newer servers what the model itself lists. */
export type OllamaThink = boolean | string;

/** `POST /api/chat`. */
export interface OllamaChatRequest {
  model: string;
  messages: OllamaMessage[];
  stream: boolean;
  /** False: a prompt that does not fit is an error and is not cut. */
  truncate: false;
  /** False: an answer that reaches the end of the context ends there and does not push the prompt out. */
  shift: false;
  tools?: JsonObject[];
  format?: OllamaFormat;
  think?: OllamaThink;
  options?: JsonObject;
  keep_alive?: string | number;
  logprobs?: boolean;
  top_logprobs?: number;
}

/** `POST /api/embed`. */
export interface OllamaEmbedRequest {
  model: string;
  input: string | string[];
  truncate: false;
  dimensions?: number;
  options?: JsonObject;
  keep_alive?: string | number;
}

/** The answer of `/api/chat`, and one line of it when it is streamed; counts and times (in ns) come with the last line. */
export interface OllamaChatResponse {
  created_at?: string;
  message?: { content?: unknown; thinking?: unknown; tool_calls?: unknown } | null;
  done?: boolean;
  done_reason?: string;
  logprobs?: unknown;
  total_duration?: number;
  load_duration?: number;
  prompt_eval_count?: number;
  prompt_eval_duration?: number;
  eval_count?: number;
  eval_duration?: number;
}
