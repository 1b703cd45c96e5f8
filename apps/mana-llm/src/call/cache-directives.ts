/** What `cache-control` of a request may say of stored answers (RFC 9111, 5.2.1). */
export interface CacheDirectives {
  noStore: boolean;
  noCache: boolean;
  onlyIfCached: boolean;
  maxAgeSeconds?: number;
}

/** `name`, `name=token` or `name="quoted, text"`: a comma inside quotes ends no directive. */
const DIRECTIVE = /([^\s,;="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;

/** RFC 9111, 1.2.2: what is too large to be held counts as 2^31. */
const MAX_DELTA_SECONDS = 2 ** 31;

/** A number that cannot be read makes every answer too old (RFC 9111, 4.2.1). */
function readDeltaSeconds(text: string): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : 0;
}

/** Directives that are not known say nothing. Of several `max-age` the strictest is obeyed. */
export function readCacheDirectives(header: string | undefined): CacheDirectives {
  const directives: CacheDirectives = { noStore: false, noCache: false, onlyIfCached: false };
  if (header === undefined) return directives;
  for (const [, name = '', quoted, token = ''] of header.matchAll(DIRECTIVE)) {
    switch (name.toLowerCase()) {
      case 'no-store':
        directives.noStore = true;
        break;
      case 'no-cache':
        directives.noCache = true;
        break;
      case 'only-if-cached':
        directives.onlyIfCached = true;
        break;
      case 'max-age': {
        const seconds = readDeltaSeconds((quoted ?? token).trim());
        directives.maxAgeSeconds = Math.min(directives.maxAgeSeconds ?? Infinity, seconds);
        break;
      }
    }
  }
  return directives;
}
