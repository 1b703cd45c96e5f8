/** The index that a provider gives, or the position where it gives none; undefined for what is no index. */
export function readIndex(value: unknown, position: number): number | undefined {
  if (value === undefined || value === null) return position;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
