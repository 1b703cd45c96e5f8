import { ApiError } from '@mana-llm/openai-api';

/** How long the model stays loaded, an extension: `"10m"`, or seconds; negative: for ever. */
export function readKeepAlive(keepAlive: unknown): string | number | undefined {
  if (keepAlive === undefined || keepAlive === null) return undefined;
  if (typeof keepAlive === 'string' || typeof keepAlive === 'number') return keepAlive;
  throw ApiError.invalidRequest('keep_alive must be a duration such as "10m", or seconds', 'keep_alive');
}
