/** Each key from the first layer that has it; the last resort has all. */
export function strongest<T extends object>(layers: readonly (Partial<T> | undefined)[], lastResort: T): T {
  const result = { ...lastResort };
  for (const key of Object.keys(lastResort) as (keyof T)[]) {
    const value = layers.map((layer) => layer?.[key]).find((candidate) => candidate !== undefined);
    if (value !== undefined) result[key] = value;
  }
  return result;
}
