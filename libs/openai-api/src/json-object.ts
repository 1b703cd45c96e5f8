/** A JSON object of which nothing more is known: fields that are passed on, not understood. */
export interface JsonObject {
  [field: string]: unknown;
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
