/** Each key from the first layer that has it, else from `defaults`, which has all keys. */
export function strongest<T extends object>(layers: readonly (Partial<T> | undefined)[], defaults: T): T {
  const result = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = layers.map((layer) => layer?.[key]).find((candidate) => candidate !== undefined);
    if (value !== undefined) result[key] = value;
  }
  return result;
}

export function secondsToMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

export function mebibytesToBytes(mebibytes: number): number {
  return Math.floor(mebibytes * 1024 * 1024);
}
