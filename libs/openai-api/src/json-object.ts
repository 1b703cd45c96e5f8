import { ExactInteger } from './json.js';

/** A JSON object of which nothing more is known. */
export interface JsonObject {
  [field: string]: unknown;
}

/** True for `{...}`; false for null, arrays, numbers and everything that is no object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactInteger);
}

/** True for an empty text, list or object and for null: what providers send in fields that they have nothing for. */
export function isNothing(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && (value === null || Object.keys(value).length === 0));
}

/**
 * Sets a field as `JSON.parse` does. An assignment to `__proto__` would change what the object inherits, and with it what every
 * later read of a missing field gives.
 */
export function setField(target: JsonObject, field: string, value: unknown): void {
  if (field === '__proto__') {
    Object.defineProperty(target, field, { value, writable: true, enumerable: true, configurable: true });
  } else target[field] = value;
}

/** Sets all fields of `source`, as `setField` does. */
export function setFields(target: JsonObject, source: JsonObject): void {
  for (const [field, value] of Object.entries(source)) setField(target, field, value);
}
