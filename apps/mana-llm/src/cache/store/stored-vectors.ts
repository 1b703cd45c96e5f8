import { isJsonObject } from '@mana-llm/openai-api';
import type { Stored } from './answer-store.js';
import type { Vector } from '../embeddings/embedding-batch.js';

export type StoredVectors = ReadonlyMap<string, Stored<Vector>>;

/** A vector as it is stored; undefined for anything else. */
export function readVector(json: unknown): Vector | undefined {
  if (!isJsonObject(json) || typeof json.model !== 'string' || !Array.isArray(json.embedding)) return undefined;
  const { model, embedding } = json;
  const isVector = embedding.length > 0 && embedding.every((value) => typeof value === 'number');
  return isVector ? { model, embedding } : undefined;
}

/**
 * The vectors of one model, that one which comes first in the route. It is the one that most likely answers for the items that
 * are still missing, and so a batch comes back to the preferred model once that is back, even from a few vectors.
 */
export function vectorsOfOneModel(stored: StoredVectors, route: readonly string[]): StoredVectors {
  const models = new Set([...stored.values()].map(({ value }) => value.model));
  if (models.size <= 1) return stored;
  const [model] = [...route.filter((name) => models.has(name)), ...models];
  return new Map([...stored].filter(([, { value }]) => value.model === model));
}
