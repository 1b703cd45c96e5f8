import type { CompletionUsage, FinishReason, JsonObject } from '@mana-llm/openai-api';
import type { GenerationEnd, TextPiece } from './embedded-model.js';

/** A piece of text as the chunk that carries it. */
export function fromTextPiece({ text, isThought }: TextPiece): JsonObject {
  return { choices: [{ index: 0, delta: isThought ? { reasoning: text } : { content: text } }] };
}

export function fromGenerationEnd(end: GenerationEnd): { finish_reason: FinishReason; usage: CompletionUsage } {
  return {
    finish_reason: end.finishReason,
    usage: {
      prompt_tokens: end.promptTokens,
      completion_tokens: end.completionTokens,
      total_tokens: end.promptTokens + end.completionTokens,
    },
  };
}
