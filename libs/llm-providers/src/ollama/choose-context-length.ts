/** Few sizes, since a changed one makes Ollama load the model anew. */
const BUCKETS: readonly number[] = [4_096, 8_192, 16_384, 32_768, 65_536, 131_072];
const TOP_BUCKET = 131_072;

/** What an answer is given at least where its length was not asked for: at the end of the context it ends with `length`. */
const DEFAULT_ANSWER_TOKENS = 2_048;

export interface ContextNeed {
  promptTokens: number;
  /** Undefined where the caller set no limit. */
  answerTokens: number | undefined;
  /** The most that the model and the configuration allow; undefined: unknown. */
  limitTokens: number | undefined;
}

/** The buckets up to the limit; the limit itself is the last one where it lies between two. */
function bucketsUpTo(limitTokens = TOP_BUCKET): number[] {
  const top = Math.min(limitTokens, TOP_BUCKET);
  return [...BUCKETS.filter((bucket) => bucket < top), top];
}

function smallestFor({ promptTokens, answerTokens = DEFAULT_ANSWER_TOKENS, limitTokens }: ContextNeed): number {
  const buckets = bucketsUpTo(limitTokens);
  const top = buckets.at(-1) ?? TOP_BUCKET;
  return buckets.find((bucket) => bucket >= promptTokens + answerTokens) ?? top;
}

/** `num_ctx` for a request: the size that is loaded, while that suffices, else the smallest bucket that holds prompt and answer. */
export function chooseContextLength(need: ContextNeed, loadedTokens: number | undefined): number {
  const smallest = smallestFor(need);
  const isLoadedEnough =
    loadedTokens !== undefined && loadedTokens >= smallest && loadedTokens <= (need.limitTokens ?? Infinity);
  return isLoadedEnough ? loadedTokens : smallest;
}

/** The size to try after the server counted the prompt and found no room for it in `triedTokens`; undefined: there is none. */
export function largerContextLength(need: ContextNeed, triedTokens: number): number | undefined {
  const next = bucketsUpTo(need.limitTokens).find((bucket) => bucket > triedTokens && bucket > need.promptTokens);
  return next === undefined ? undefined : Math.max(next, smallestFor(need));
}
