/** When to come again: in whole seconds for every client, and exactly for the official ones. */
export function retryHeaders(retryAfterMs: number): Record<string, string> {
  return {
    'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    'retry-after-ms': String(Math.round(retryAfterMs)),
  };
}
