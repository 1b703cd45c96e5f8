import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import type { Checked } from '../checked.js';
import type { ConfigurationMistake } from '../configuration-mistake.js';
import type { Alias } from '../configuration.js';
import { describeForm } from '../describe-value.js';
import { findMistakes } from '../find-mistakes.js';
import { AliasEntry } from './alias-entry.js';
import { readChain } from './read-chain.js';

function toChain(entry: unknown): unknown {
  return isJsonObject(entry) ? entry['chain'] : undefined;
}

/** The entries of `aliases` by name. `raw` is the section before substitution. */
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
      const chain = readChain(alias.chain, toChain(raw[name]), `${key}.chain`);
      mistakes.push(...findMistakes(alias, raw[name], `${key}.`), ...chain.mistakes);
      value.set(name, { name, description: alias.description ?? '', chain: chain.value });
    } else {
      mistakes.push({ key, found: describeForm(entry), allowed: 'a mapping with a description and a chain' });
    }
  }
  return { value, mistakes };
}
