/** True for an empty text, list or object: what providers send in fields that they have nothing for. */
export function isNothing(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && (value === null || Object.keys(value).length === 0));
}
