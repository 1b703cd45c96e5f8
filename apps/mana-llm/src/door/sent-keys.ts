import type { IncomingHttpHeaders } from 'node:http';

/** The API keys that a caller sent, `authorization: Bearer` first. */
export function sentKeys(headers: IncomingHttpHeaders): string[] {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  const header = headers['x-api-key'];
  return [bearer, header].filter((key) => typeof key === 'string');
}

/** The keys in the query of a URL: `?api_key=`. */
export function queryKeys(url: string): string[] {
  const start = url.indexOf('?');
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll('api_key');
}
