import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** Where null is a value: "the provider does not know this field". */
const NULLABLE = 'renamedFields';
/** Here the user chooses the keys, and none of them is unknown. */
const FREE_MAPPINGS = ['headers', 'query', 'renamedRoles'];
/** Where a name with nothing after it is an entry all the same, and a mistake if it needs keys. */
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
