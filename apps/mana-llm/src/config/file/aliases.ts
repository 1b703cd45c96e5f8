import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import { IsOptional } from 'class-validator';
import type { Alias, ChainEntry } from '../configuration.js';
import { type Checked, type ConfigurationMistake, describeForm } from '../configuration-mistake.js';
import { IsChain, isChain, IsTarget } from '../rules/models.js';
import { IsWholeNumberFrom } from '../rules/numbers.js';
import { findMistakes } from '../rules/setting-rule.js';
import { IsText } from '../rules/texts.js';

/** One entry of `aliases`. */
export class AliasEntry {
  @IsOptional()
  @IsText('a string')
  description?: string;

  @IsChain()
  chain!: (string | JsonObject)[];
}

/** An entry of a chain that is a mapping, and not a string alone. */
export class WeightedEntry {
  @IsTarget()
  model!: string;

  @IsOptional()
  @IsWholeNumberFrom(1, 1000)
  weight?: number;
}

function readEntry(entry: string | JsonObject, raw: unknown, key: string): Checked<ChainEntry> {
  if (!isJsonObject(entry)) return { value: { model: entry }, mistakes: [] };
  const read = plainToInstance(WeightedEntry, entry);
  const { model, weight } = read;
  return {
    value: weight === undefined ? { model } : { model, weight },
    mistakes: findMistakes(read, raw, `${key}.`),
  };
}

/** The entries of a chain; none for a chain whose form is wrong as a whole. */
function readChain(chain: unknown, raw: unknown, key: string): Checked<ChainEntry[]> {
  if (!isChain(chain)) return { value: [], mistakes: [] };
  const rawEntries: unknown[] = Array.isArray(raw) ? raw : [];
  const entries = chain.map((entry, index) => readEntry(entry, rawEntries[index], `${key}[${index}]`));
  return { value: entries.map(({ value }) => value), mistakes: entries.flatMap(({ mistakes }) => mistakes) };
}

function toRawChain(entry: unknown): unknown {
  return isJsonObject(entry) ? entry['chain'] : undefined;
}

/** The entries of `aliases` by name. `raw` is the section before variables were replaced. */
export function readAliasEntries(
  section: JsonObject,
  raw: JsonObject,
  path: string,
): Checked<ReadonlyMap<string, Alias>> {
  const value = new Map<string, Alias>();
  const mistakes: ConfigurationMistake[] = [];
  for (const [name, entry] of Object.entries(section)) {
    const key = `${path}${name}`;
    if (isJsonObject(entry)) {
      const alias = plainToInstance(AliasEntry, entry);
      const chain = readChain(alias.chain, toRawChain(raw[name]), `${key}.chain`);
      mistakes.push(...findMistakes(alias, raw[name], `${key}.`), ...chain.mistakes);
      value.set(name, { name, description: alias.description ?? '', chain: chain.value });
    } else {
      mistakes.push({ key, found: describeForm(entry), allowed: 'a mapping with a description and a chain' });
    }
  }
  return { value, mistakes };
}
