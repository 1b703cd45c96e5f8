/** About as many characters as the value's JSON has: escapes are not counted, and every number is taken to be a short one. */
export function jsonSize(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length + 2;
    case 'object':
      if (value === null) return 4;
      return Array.isArray(value) ? listSize(value) : fieldsSize(value as Record<string, unknown>);
    case 'undefined':
      return 0;
    default:
      return 8;
  }
}

function listSize(values: unknown[]): number {
  let size = 2;
  for (const value of values) size += jsonSize(value) + 1;
  return size;
}

function fieldsSize(fields: Record<string, unknown>): number {
  let size = 2;
  // Values of JSON inherit nothing that is enumerable, and for...in makes no list of them.
  for (const name in fields) size += name.length + 4 + jsonSize(fields[name]);
  return size;
}
