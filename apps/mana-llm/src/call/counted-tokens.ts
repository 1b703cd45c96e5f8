import { isTokenCount } from '@mana-llm/llm-providers';
import type { CompletionUsage } from '@mana-llm/openai-api';

export interface CountedTokens {
  promptTokens?: number;
  completionTokens?: number;
}

/** What a provider told of an answer's tokens, as records and metrics take it: what is no count is left out. */
export function countedTokens(usage: Partial<CompletionUsage> | null | undefined): CountedTokens {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage ?? {};
  const counted: CountedTokens = {};
  if (isTokenCount(promptTokens)) counted.promptTokens = promptTokens;
  if (isTokenCount(completionTokens)) counted.completionTokens = completionTokens;
  return counted;
}
