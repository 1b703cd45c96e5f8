import type { JsonObject } from '@mana-llm/openai-api';

/**
 * The part of Ollama's own wire format that is used here: https://docs.ollama.com/api and `api/types.go` of
 * https://github.com/ollama/ollama. Answers have loose types: older servers lack some of the fields.
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

/** Off, on, or an effort: `low`, `medium`, `high`, and on newer servers those that the model lists. */
export type OllamaThink = boolean | string;

/** `POST /api/chat`. */
export interface OllamaChatRequest {
  model: string;
  messages: OllamaMessage[];
  stream: boolean;
  /** False: a prompt that does not fit is an error; it is not cut. */
  truncate: false;
  /** False: an answer that reaches the end of the context ends there; the prompt's begin is not dropped for it. */
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

/** An RFC 3339 time -> Unix seconds; undefined for anything else. */
export function rfc3339ToUnixSeconds(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
