/** How old a stored answer is. Clocks of several gateways differ: what seems to come from the future is new. */
export function ageMsOf({ storedAtMs }: { storedAtMs: number }): number {
  return Math.max(0, Date.now() - storedAtMs);
}
