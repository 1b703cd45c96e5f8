/** Tokens that an answer took. Providers add details of their own (`prompt_tokens_details`, times): they are kept. */
export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  [field: string]: unknown;
}
