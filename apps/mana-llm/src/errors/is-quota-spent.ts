import type { UpstreamError } from '@mana-llm/llm-providers';

/** OpenAI's codes for a 429 that no waiting mends: https://platform.openai.com/docs/guides/error-codes */
const CODES = new Set<string | null>(['insufficient_quota', 'billing_hard_limit_reached']);

/** A 429 that asks for money and not for patience. */
export function isQuotaSpent({ code }: Pick<UpstreamError, 'code'>): boolean {
  return CODES.has(code);
}
