import type { JsonObject } from './json-object.js';
import { ExactInteger } from './json-text.js';

/** True for `{...}`; false for null, arrays, numbers and everything that is no object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactInteger);
}
