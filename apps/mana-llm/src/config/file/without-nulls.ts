import { isJsonObject } from '@mana-llm/openai-api';

/** Where null is a value: "the provider does not know this field". */
const NULLABLE = 'renamedFields';

/** A key with nothing after it (`providers:` above lines that are commented out) counts as not there. */
export function withoutNulls(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, key === NULLABLE ? item : withoutNulls(item)]));
}
