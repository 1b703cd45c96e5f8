const REASONS: [RegExp, string][] = [
  [/timed out|ETIMEDOUT/i, 'it does not answer in time'],
  [/^OOM|maxmemory/, 'it is full'],
  [/READONLY|NOREPLICAS|MISCONF/, 'it takes no writes'],
  [/NOAUTH|WRONGPASS|NOPERM/, 'it refuses the credentials'],
  [/LOADING/, 'it is loading its data'],
  [/writeable|closed|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|retries per request/i, 'it cannot be reached'],
];

/** What is wrong with Redis, in words without its address. */
export function redisFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? 'it fails';
}

/** True where the value is at fault and not the server: not JSON, or of another type than a text. */
export function isGarbage(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && error.message.startsWith('WRONGTYPE'));
}
