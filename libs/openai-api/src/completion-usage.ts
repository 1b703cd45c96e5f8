/**
 * Tokens that an answer took. What a provider does not tell is left out. Details of its own (`prompt_tokens_details`, times) are
 * kept.
 */
export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens?: number;
  total_tokens?: number;
  [field: string]: unknown;
}
