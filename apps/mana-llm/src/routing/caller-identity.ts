import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../http/gateway-call.js';

const HEADER = 'x-mana-llm-caller';
const MAX_LENGTH = 128;

function sentName(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers[HEADER];
  const name = (Array.isArray(sent) ? sent.join(', ') : sent)?.trim().slice(0, MAX_LENGTH);
  return name === '' ? undefined : name;
}

/**
 * Who takes turns with whom: the holders of one API key, and among them those who send the same `x-mana-llm-caller`, as several
 * services may share a key; without either, the address. It holds the key as it was sent: it never goes to a log.
 */
export function callerIdentity({ caller, headers }: { caller: Caller; headers: IncomingHttpHeaders }): string {
  const { key, address } = caller;
  const name = sentName(headers);
  if (key !== undefined) return name === undefined ? `key:${key}` : `key and name:${JSON.stringify([key, name])}`;
  return name === undefined ? `address:${address}` : `name:${name}`;
}
