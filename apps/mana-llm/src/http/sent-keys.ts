import type { IncomingHttpHeaders } from 'node:http';

/** The API keys that a caller sent, `authorization: Bearer` first. */
export function sentKeys(headers: IncomingHttpHeaders): string[] {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim();
  const header = headers['x-api-key'];
  return [bearer, header].filter((key) => typeof key === 'string');
}
