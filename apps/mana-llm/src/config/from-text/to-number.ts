/** Plain decimals only: `Number` would also take `0x10`, `1e3` and the empty text. */
export function toNumber(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
