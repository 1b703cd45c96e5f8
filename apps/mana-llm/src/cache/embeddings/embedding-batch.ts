import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import { type EmbeddingItem, embeddingCacheKeys, type KeyedRequest } from '../cache-key.js';

/** One item's vector and the `provider/model` that it comes from. */
export interface Vector {
  model: string;
  embedding: number[] | string;
}

/** A text or one list of tokens is one item, as it is to the providers. */
function toItems(input: EmbeddingRequest['input']): EmbeddingItem[] {
  const isOne = typeof input === 'string' || typeof input[0] === 'number';
  return isOne ? [input as EmbeddingItem] : (input as EmbeddingItem[]);
}

/** An embedding request as the items that it asks for. */
export class EmbeddingBatch {
  /** Of each item, in order. Equal items have equal keys. */
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

  /** Whether these are the items of this batch, all of them and in this order. */
  isWhole(keys: readonly string[]): boolean {
    return keys.length === this.keys.length && keys.every((key, position) => key === this.keys[position]);
  }

  /** The request for some of the items; for all of them the request as it came. */
  requestFor(keys: readonly string[]): EmbeddingRequest {
    if (this.isWhole(keys)) return this.request;
    const input = keys.flatMap((key) => {
      const item = this.items.get(key);
      return item === undefined ? [] : [item];
    });
    return { ...this.request, input: input as string[] | number[][] };
  }

  /** The list of all items, in order. Undefined where one is missing or where vectors of several models would be mixed. */
  assemble(vectors: ReadonlyMap<string, Vector>, usage: EmbeddingList['usage']): EmbeddingList | undefined {
    const found = this.keys.flatMap((key) => vectors.get(key) ?? []);
    const [first] = found;
    if (first === undefined || found.length !== this.keys.length) return undefined;
    if (found.some(({ model }) => model !== first.model)) return undefined;
    const data = found.map(({ embedding }, index) => ({ object: 'embedding' as const, index, embedding }));
    return { object: 'list', data, model: first.model, usage };
  }
}

/** The vectors of an answer by the key of the item; none where the answer does not hold as many as were asked for. */
export function vectorsOf(keys: readonly string[], { data, model }: EmbeddingList): Map<string, Vector> {
  if (data.length !== keys.length) return new Map();
  return new Map(
    keys.flatMap((key, position) => {
      const item = data[position];
      return item === undefined ? [] : [[key, { model, embedding: item.embedding }] as const];
    }),
  );
}
