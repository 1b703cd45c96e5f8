import type { ChatCompletionChunk, ChunkDelta, CompletionUsage } from '@mana-llm/openai-api';

/** `delta`, `index` and `finish_reason` are the one choice's; everything else stands beside `choices`. */
export interface OpenAiChunkFields extends Partial<ChatCompletionChunk> {
  delta?: ChunkDelta;
  index?: number;
  /** Any text: providers have reasons of their own. */
  finish_reason?: string | null;
}

/** One event of an OpenAI-compatible stream, as an object. */
export function openAiChunk(fields: OpenAiChunkFields = {}): Record<string, unknown> {
  const { delta = {}, index = 0, finish_reason = null, ...rest } = fields;
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'fake-model',
    choices: [{ index, delta, finish_reason }],
    ...rest,
  };
}

export const FAKE_USAGE: CompletionUsage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };

/** The frame that ends a stream's content where usage was asked for. */
export function openAiUsageChunk(usage: CompletionUsage = FAKE_USAGE): Record<string, unknown> {
  return openAiChunk({ choices: [], usage });
}
