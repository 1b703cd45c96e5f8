import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import type { Checked } from '../checked.js';
import type { ChainEntry } from '../configuration.js';
import { findMistakes } from '../find-mistakes.js';
import { isChain } from '../rules/is-chain.js';
import { WeightedEntry } from './weighted-entry.js';

function readEntry(entry: string | JsonObject, raw: unknown, key: string): Checked<ChainEntry> {
  if (!isJsonObject(entry)) return { value: { model: entry }, mistakes: [] };
  const read = plainToInstance(WeightedEntry, entry);
  const { model, weight } = read;
  return {
    value: weight === undefined ? { model } : { model, weight },
    mistakes: findMistakes(read, raw, `${key}.`),
  };
}

/** The entries of a chain; none for one whose form is wrong as a whole. `raw` is the chain before substitution. */
export function readChain(chain: unknown, raw: unknown, key: string): Checked<ChainEntry[]> {
  if (!isChain(chain)) return { value: [], mistakes: [] };
  const rawEntries: unknown[] = Array.isArray(raw) ? raw : [];
  const entries = chain.map((entry, index) => readEntry(entry, rawEntries[index], `${key}[${index}]`));
  return { value: entries.map(({ value }) => value), mistakes: entries.flatMap(({ mistakes }) => mistakes) };
}
