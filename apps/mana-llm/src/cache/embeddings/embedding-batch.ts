import { isTokenCount } from '@mana-llm/llm-providers';
import { type EmbeddingList, type EmbeddingRequest, isJsonObject } from '@mana-llm/openai-api';
import { embeddingCacheKeys, type EmbeddingItem, type KeyedRequest } from '../cache-key.js';
import type { Stored } from '../store/answer-store.js';

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

/** The vector of one item, and the `provider/model` that it comes from. */
export interface Vector {
  model: string;
  embedding: number[] | string;
  /** The item's share of the tokens that its upstream call has cost, where the provider has counted them. */
  tokens?: number;
}

export const NO_USAGE: EmbeddingList['usage'] = { prompt_tokens: 0, total_tokens: 0 };

export function addUsage(one: EmbeddingList['usage'], other: EmbeddingList['usage']): EmbeddingList['usage'] {
  const prompt_tokens = one.prompt_tokens + other.prompt_tokens;
  return { ...one, prompt_tokens, total_tokens: one.total_tokens + other.total_tokens };
}

export type StoredVectors = ReadonlyMap<string, Stored<Vector>>;

/** To the providers, a text is one item, and so is one list of tokens. */
function toItems(input: EmbeddingRequest['input']): EmbeddingItem[] {
  const isOne = typeof input === 'string' || typeof input[0] === 'number';
  return isOne ? [input as EmbeddingItem] : (input as EmbeddingItem[]);
}

/** An embedding request as the items that it asks for. */
export class EmbeddingBatch {
  /** The key of each item, in order. Equal items have equal keys. */
  readonly keys: readonly string[];
  private readonly items: ReadonlyMap<string, EmbeddingItem>;

  constructor(private readonly keyed: KeyedRequest<EmbeddingRequest>) {
    const items = toItems(keyed.request.input);
    this.keys = embeddingCacheKeys(keyed, items);
    this.items = new Map(this.keys.map((key, position) => [key, items[position] ?? '']));
  }

  get request(): EmbeddingRequest {
    return this.keyed.request;
  }

  get uniqueKeys(): string[] {
    return [...this.items.keys()];
  }

  /** Whether these are all the items of this batch, in this order. */
  isWhole(keys: readonly string[]): boolean {
    return keys.length === this.keys.length && keys.every((key, position) => key === this.keys[position]);
  }

  /** The request for some of the items; for all of them the request as it came. */
  requestFor(keys: readonly string[]): EmbeddingRequest {
    if (this.isWhole(keys)) return this.request;
    return { ...this.request, input: this.itemsOf(keys) as string[] | number[][] };
  }

  /** The vectors of an answer by the keys of their items; none where their number is not the number of items. */
  vectorsOf(keys: readonly string[], list: EmbeddingList): Map<string, Vector> {
    const { data, model } = list;
    if (data.length !== keys.length) return new Map();
    const used = usedTokens(list);
    const shares = used === undefined ? [] : shareTokens(used, this.itemsOf(keys));
    return new Map(
      keys.flatMap((key, position) => {
        const item = data[position];
        const tokens = shares[position];
        if (item === undefined) return [];
        return [[key, { model, embedding: item.embedding, ...(tokens === undefined ? {} : { tokens }) }] as const];
      }),
    );
  }

  /** The list of all items, in order. Undefined where a vector is missing, or where the vectors come from several models. */
  assemble(vectors: ReadonlyMap<string, Vector>, usage: EmbeddingList['usage']): EmbeddingList | undefined {
    const found = this.keys.flatMap((key) => vectors.get(key) ?? []);
    const [first] = found;
    if (first === undefined || found.length !== this.keys.length) return undefined;
    if (found.some(({ model }) => model !== first.model)) return undefined;
    const data = found.map(({ embedding }, index) => ({ object: 'embedding' as const, index, embedding }));
    return { object: 'list', data, model: first.model, usage };
  }

  /**
   * Of the stored vectors those of one model: the model that comes first in the route. That model most likely gives the missing
   * vectors, too. And so a batch goes back to the preferred model when that works again, even where few vectors of it are stored.
   */
  ofFirstModel(stored: StoredVectors): StoredVectors {
    const models = new Set([...stored.values()].map(({ value }) => value.model));
    if (models.size <= 1) return stored;
    const [model] = [...this.keyed.route.filter((name) => models.has(name)), ...models];
    return new Map([...stored].filter(([, { value }]) => value.model === model));
  }

  private itemsOf(keys: readonly string[]): EmbeddingItem[] {
    return keys.flatMap((key) => {
      const item = this.items.get(key);
      return item === undefined ? [] : [item];
    });
  }
}

/** The vector that a stored value is; undefined for any other value. */
export function readVector(json: unknown): Vector | undefined {
  if (!isJsonObject(json) || typeof json.model !== 'string' || !Array.isArray(json.embedding)) return undefined;
  const { model, embedding, tokens } = json;
  const isVector = embedding.length > 0 && embedding.every((value) => typeof value === 'number');
  if (!isVector) return undefined;
  // A gateway before this field has stored vectors without it.
  return isTokenCount(tokens) ? { model, embedding, tokens } : { model, embedding };
}
