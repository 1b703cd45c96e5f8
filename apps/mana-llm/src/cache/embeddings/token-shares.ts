import { isTokenCount } from '@mana-llm/llm-providers';
import type { EmbeddingList } from '@mana-llm/openai-api';
import type { EmbeddingItem } from '../cache-key.js';

/** The tokens of an upstream call. Undefined where they are not known: a provider that does not count them reports 0, or nothing. */
export function usedTokens({ usage }: EmbeddingList): number | undefined {
  const { prompt_tokens: tokens } = usage;
  return isTokenCount(tokens) && tokens > 0 ? tokens : undefined;
}

/** The bytes of a text, and not its letters: a Chinese letter has more tokens than a Latin one. */
function lengthOf(item: EmbeddingItem): number {
  return typeof item === 'string' ? Buffer.byteLength(item) : item.length;
}

/**
 * Each item's share of the tokens of one upstream call. A provider counts the items of a call together. So the share of one item among
 * several is an estimate by its length. The shares are whole numbers, and their sum is the provider's count.
 */
export function shareTokens(tokens: number, items: readonly EmbeddingItem[]): number[] {
  const lengths = items.map(lengthOf);
  const whole = Math.max(
    1,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  let length = 0;
  let shared = 0;
  return lengths.map((own, position) => {
    length += own;
    const upToHere = position === items.length - 1 ? tokens : Math.round(tokens * (length / whole));
    const share = upToHere - shared;
    shared = upToHere;
    return share;
  });
}

/** The sum of the shares that are known; undefined where none is. */
export function sumOfShares(vectors: Iterable<{ tokens?: number } | undefined>): number | undefined {
  let sum: number | undefined;
  for (const vector of vectors) {
    if (vector?.tokens !== undefined) sum = (sum ?? 0) + vector.tokens;
  }
  return sum;
}
