import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';

/** Where null is a value: "the provider does not know this field". */
const NULLABLE = 'renamedFields';
/** Where a name with nothing after it is an entry all the same, and a mistake if it needs keys. */
const SECTIONS_OF_ENTRIES = ['providers', 'aliases'];

function withEmptyEntries(section: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(section).map(([name, entry]) => [name, entry ?? {}]));
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, key === NULLABLE ? item : clean(item)]));
}

/** A key with nothing after it (`providers:` above lines that are commented out) counts as not there. */
export function withoutNulls(document: JsonObject): JsonObject {
  const entries = Object.entries(document).filter(([, section]) => section !== null);
  const sections = entries.map(([name, section]) => {
    const hasEntries = SECTIONS_OF_ENTRIES.includes(name) && isJsonObject(section);
    return [name, clean(hasEntries ? withEmptyEntries(section) : section)] as const;
  });
  return Object.fromEntries(sections);
}
