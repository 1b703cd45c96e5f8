/** OpenAI's finish reasons. */
export const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/**
 * The tokens that an answer took (OpenAI's `CompletionUsage`). A count that the provider does not tell is left out. Its own details
 * (`prompt_tokens_details`, times) are kept.
 */
export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens?: number;
  total_tokens?: number;
  [field: string]: unknown;
}

/** A tool call in an answer: `function.arguments` is JSON text. */
export interface CompletionToolCall {
  id: string;
  type: string;
  function?: { name: string; arguments: string };
  [field: string]: unknown;
}

/** The message of a choice. `reasoning_content` and `reasoning` hold the same text: clients read one or the other. */
export interface CompletionMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  reasoning_content?: string;
  reasoning?: string;
  tool_calls?: CompletionToolCall[];
  [field: string]: unknown;
}

/** One of the answers: there are as many as the request's `n`. */
export interface CompletionChoice {
  index: number;
  message: CompletionMessage;
  logprobs: unknown;
  /** A `FinishReason`, or the provider's own word where it is none of them. */
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

/** A piece of a tool call: `id`, `type` and `function.name` come once per `index`, the arguments (JSON text) piece by piece. */
export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string };
  [field: string]: unknown;
}

/** What a frame adds to the message of its choice. */
export interface ChunkDelta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string;
  reasoning?: string;
  tool_calls?: ToolCallDelta[];
  [field: string]: unknown;
}

/** One choice's part of a frame. */
export interface ChunkChoice {
  index: number;
  delta: ChunkDelta;
  /** On the last frame of the choice: a `FinishReason`, or the provider's own word where it is none of them. Else null. */
  finish_reason: string | null;
  [field: string]: unknown;
}

/** One frame of a streamed chat answer (OpenAI's `CreateChatCompletionStreamResponse`). */
export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: ChunkChoice[];
  usage?: CompletionUsage | null;
  [field: string]: unknown;
}
