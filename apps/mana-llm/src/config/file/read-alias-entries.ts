import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import type { Checked } from '../checked.js';
import type { ConfigurationMistake } from '../configuration-mistake.js';
import { describeForm } from '../describe-value.js';
import { findMistakes } from '../find-mistakes.js';
import { AliasEntry } from './alias-entry.js';

/** The entries of `aliases` by name. `raw` is the section before substitution. */
export function readAliasEntries(
  section: JsonObject,
  raw: JsonObject,
  path: string,
): Checked<ReadonlyMap<string, AliasEntry>> {
  const value = new Map<string, AliasEntry>();
  const mistakes: ConfigurationMistake[] = [];
  for (const [name, entry] of Object.entries(section)) {
    const key = `${path}${name}`;
    if (isJsonObject(entry)) {
      const alias = plainToInstance(AliasEntry, entry);
      mistakes.push(...findMistakes(alias, raw[name], `${key}.`));
      value.set(name, alias);
    } else {
      mistakes.push({ key, found: describeForm(entry), allowed: 'a mapping with a description and a chain' });
    }
  }
  return { value, mistakes };
}
