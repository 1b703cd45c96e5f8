import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { ConfigurationMistake } from '../configuration-mistake.js';

function isFilled(value: unknown): boolean {
  return isJsonObject(value) ? Object.values(value).some((item) => item !== undefined) : value !== undefined;
}

/** The keys at the top of a file that have something under them. */
export function filledKeys(document: JsonObject): string[] {
  return Object.keys(document)
    .filter((key) => isFilled(document[key]))
    .sort();
}

/**
 * What a file has lost beside the one in use. Whoever writes a file in place empties it first, and the first part of it is
 * often good YAML that lacks the keys at its end.
 */
export function findLostKeys(used: readonly string[], found: readonly string[], path: string): ConfigurationMistake[] {
  const lost = used.filter((key) => !found.includes(key));
  const toAllowed = (entries: string): string =>
    `${entries}, since the running configuration has some (restart mana-llm to run without)`;
  if (lost.length > 0 && found.length === 0) {
    return [{ key: path, found: 'an empty file or none', allowed: toAllowed(`entries under ${lost.join(', ')}`) }];
  }
  return lost.map((key) => ({ key: `${path}: ${key}`, found: 'nothing', allowed: toAllowed('one or more entries') }));
}
