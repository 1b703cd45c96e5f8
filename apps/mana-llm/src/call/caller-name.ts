import type { IncomingHttpHeaders } from 'node:http';

const HEADER = 'x-mana-llm-caller';
const MAX_LENGTH = 128;

/** The name that a caller gives itself, as several services may share a key or an address. Nobody has checked it. */
export function callerName(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers[HEADER];
  const name = (Array.isArray(sent) ? sent.join(', ') : sent)?.trim().slice(0, MAX_LENGTH);
  return name === '' ? undefined : name;
}
