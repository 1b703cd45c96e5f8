import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { Checked, ConfigurationMistake } from '../configuration-mistake.js';
import { readVariable } from '../read-environment.js';

/** Here null is a value: "the provider does not know this field". */
const NULLABLE = 'renamedFields';
/** Here the user chooses the keys, and none of them is unknown. */
const FREE_MAPPINGS = ['headers', 'query', 'renamedRoles'];
/** Here a name with nothing after it is still an entry, and a mistake if it needs keys. */
const SECTIONS_OF_ENTRIES = ['providers', 'aliases'];

function withEmptyEntries(section: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(section).map(([name, entry]) => [name, entry ?? {}]));
}

function withoutEmptyKeys(mapping: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(mapping).filter(([, item]) => item !== null));
}

function cleanMapping(mapping: JsonObject): JsonObject {
  const entries = Object.entries(mapping).map(([key, item]) => {
    if (item === null) return [key, undefined] as const;
    if (key === NULLABLE) return [key, item] as const;
    return [key, FREE_MAPPINGS.includes(key) && isJsonObject(item) ? withoutEmptyKeys(item) : clean(item)] as const;
  });
  return Object.fromEntries(entries);
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  return isJsonObject(value) ? cleanMapping(value) : value;
}

/**
 * A key with nothing after it (`providers:` above lines that are commented out) counts as left out. It stays as a name
 * without a value, so that an unknown one is found.
 */
export function withoutNulls(document: JsonObject): JsonObject {
  const sections = Object.entries(document).map(([name, section]) => {
    const hasEntries = SECTIONS_OF_ENTRIES.includes(name) && isJsonObject(section);
    return [name, hasEntries ? withEmptyEntries(section) : section] as const;
  });
  return cleanMapping(Object.fromEntries(sections));
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;
const ALLOWED_REFERENCE = '${NAME}, with the name of an environment variable that is set';

function substituteText(text: string, env: NodeJS.ProcessEnv, key: string): Checked<string> {
  const mistakes: ConfigurationMistake[] = [];
  const refuse = (found: string): void => {
    mistakes.push({ key, found, allowed: ALLOWED_REFERENCE });
  };
  const value = text.replace(REFERENCE, (reference: string, name: string | undefined) => {
    if (name === undefined) {
      refuse('${ without a name and a } after it');
      return reference;
    }
    const variable = readVariable(env, name);
    if (variable === undefined) refuse(`${reference}, which is not set`);
    return variable ?? reference;
  });
  return { value, mistakes };
}

/** Replaces `${NAME}` in every string of a parsed file. `path` is the key of `value` in mistakes. */
export function substituteVariables(value: unknown, env: NodeJS.ProcessEnv, path: string): Checked<unknown> {
  if (typeof value === 'string') return substituteText(value, env, path);
  const isList = Array.isArray(value);
  if (!isList && !isJsonObject(value)) return { value, mistakes: [] };
  const separator = /: $/.test(path) ? '' : '.';
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
    const itemPath = isList ? `${path}[${key}]` : `${path}${separator}${key}`;
    return [key, substituteVariables(item, env, itemPath)] as const;
  });
  const mistakes = entries.flatMap(([, item]) => item.mistakes);
  if (isList) return { value: entries.map(([, item]) => item.value), mistakes };
  return { value: Object.fromEntries(entries.map(([key, item]) => [key, item.value])), mistakes };
}

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
 * The keys that the configuration in use has and a new file lacks. A program that writes a file in place empties it first,
 * and the first part of a file is often good YAML without the keys at its end.
 */
export function findLostKeys(used: readonly string[], found: readonly string[], path: string): ConfigurationMistake[] {
  const lost = used.filter((key) => !found.includes(key));
  const toAllowed = (entries: string): string =>
    `${entries}, because the running configuration has some (restart mana-llm to run without them)`;
  if (lost.length > 0 && found.length === 0) {
    const allowed = toAllowed(`entries under ${lost.join(', ')}`);
    return [{ key: path, found: 'an empty file or no file', allowed }];
  }
  return lost.map((key) => ({ key: `${path}: ${key}`, found: 'nothing', allowed: toAllowed('one or more entries') }));
}
