import type { CompletionUsage } from '@mana-llm/openai-api';

export interface CountedTokens {
  promptTokens?: number;
  completionTokens?: number;
}

/** What a provider told of an answer's tokens, as records and metrics take it. */
export function countedTokens(usage: Partial<CompletionUsage> | null | undefined): CountedTokens {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage ?? {};
  return {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens }),
  };
}
