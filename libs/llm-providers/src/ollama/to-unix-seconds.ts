/** An RFC 3339 time -> Unix seconds; undefined for anything else. */
export function toUnixSeconds(time: unknown): number | undefined {
  const ms = typeof time === 'string' ? Date.parse(time) : NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
