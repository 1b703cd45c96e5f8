import type { CompletionUsage } from './completion-usage.js';

/** A piece of a tool call: `id`, `type` and `function.name` come once per `index`, arguments piece by piece. */
export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string };
  [field: string]: unknown;
}

export interface ChunkDelta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string;
  reasoning?: string;
  tool_calls?: ToolCallDelta[];
  [field: string]: unknown;
}

export interface ChunkChoice {
  index: number;
  delta: ChunkDelta;
  /** On the last frame of the choice: a `FinishReason`, or a provider's own word that nobody knows. */
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
