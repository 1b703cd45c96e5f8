/** Few sizes, since Ollama loads the model again for each change of size. */
const BUCKETS: readonly number[] = [4_096, 8_192, 16_384, 32_768, 65_536, 131_072];
const TOP_BUCKET = 131_072;

/** The least room for an answer of unlimited length. At the end of the context it ends with `length`. */
const DEFAULT_ANSWER_TOKENS = 2_048;

export interface ContextNeed {
  promptTokens: number;
  /** The caller's limit; undefined where it set none. */
  answerTokens: number | undefined;
  /** The largest context that the model and the configuration allow; undefined: unknown. */
  limitTokens: number | undefined;
}

/** The buckets up to the limit. A limit between two buckets is the last one. */
function bucketsUpTo(limitTokens = TOP_BUCKET): number[] {
  const top = Math.min(limitTokens, TOP_BUCKET);
  return [...BUCKETS.filter((bucket) => bucket < top), top];
}

function smallestFor({ promptTokens, answerTokens = DEFAULT_ANSWER_TOKENS, limitTokens }: ContextNeed): number {
  const buckets = bucketsUpTo(limitTokens);
  const top = buckets.at(-1) ?? TOP_BUCKET;
  return buckets.find((bucket) => bucket >= promptTokens + answerTokens) ?? top;
}

/** `num_ctx` for a request: the loaded size if it is large enough, else the smallest bucket that holds prompt and answer. */
export function chooseContextLength(need: ContextNeed, loadedTokens: number | undefined): number {
  const smallest = smallestFor(need);
  const isLoadedEnough =
    loadedTokens !== undefined && loadedTokens >= smallest && loadedTokens <= (need.limitTokens ?? Infinity);
  return isLoadedEnough ? loadedTokens : smallest;
}

/** The size to try after the server found the prompt too long for `triedTokens`; undefined: there is none. */
export function largerContextLength(need: ContextNeed, triedTokens: number): number | undefined {
  const next = bucketsUpTo(need.limitTokens).find((bucket) => bucket > triedTokens && bucket > need.promptTokens);
  return next === undefined ? undefined : Math.max(next, smallestFor(need));
}
