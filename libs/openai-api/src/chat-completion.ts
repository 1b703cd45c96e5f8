import type { CompletionUsage } from './completion-usage.js';

export const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** A tool call in an answer: `function.arguments` is JSON text. */
export interface CompletionToolCall {
  id: string;
  type: string;
  function?: { name: string; arguments: string };
  [field: string]: unknown;
}

export interface CompletionMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  reasoning_content?: string;
  reasoning?: string;
  tool_calls?: CompletionToolCall[];
  [field: string]: unknown;
}

export interface CompletionChoice {
  index: number;
  message: CompletionMessage;
  logprobs: unknown;
  /** A `FinishReason`, or a provider's own word that nobody knows. */
  finish_reason: string;
  [field: string]: unknown;
}

/** A whole chat answer (OpenAI's `CreateChatCompletionResponse`); `created` is in Unix seconds. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: CompletionChoice[];
  usage?: CompletionUsage;
  [field: string]: unknown;
}
