import type { CompletionUsage } from './chat-completion.js';

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
