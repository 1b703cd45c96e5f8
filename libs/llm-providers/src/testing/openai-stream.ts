import type { ChunkDelta, CompletionUsage, FinishReason } from '@mana-llm/openai-api';
import { FAKE_USAGE, openAiChunk, openAiUsageChunk } from './openai-chunk.js';
import { DONE, sse } from './sse.js';

export interface OpenAiStreamFields {
  finishReason?: FinishReason;
  /** Null: a provider that tells none. */
  usage?: CompletionUsage | null;
}

/** A whole, well-behaved OpenAI stream: role, one event for each delta (a string is text), finish, usage, `[DONE]`. */
export function openAiStream(deltas: (string | ChunkDelta)[], fields: OpenAiStreamFields = {}): string {
  const { finishReason = 'stop', usage = FAKE_USAGE } = fields;
  return sse(
    openAiChunk({ delta: { role: 'assistant', content: '' } }),
    ...deltas.map((delta) => openAiChunk({ delta: typeof delta === 'string' ? { content: delta } : delta })),
    openAiChunk({ finish_reason: finishReason }),
    ...(usage ? [openAiUsageChunk(usage)] : []),
    DONE,
  );
}
