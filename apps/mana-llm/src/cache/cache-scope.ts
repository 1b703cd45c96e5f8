import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@mana-llm/openai-api';
import type { Caller } from '../call/gateway-call.js';

const HEADER = 'x-mana-llm-cache-scope';
const MAX_LENGTH = 256;

function readHeader(headers: IncomingHttpHeaders): string | null {
  const sent = headers[HEADER];
  const name = Array.isArray(sent) ? sent.join(', ') : sent;
  if (name === undefined || name === '') return null;
  if (name.length <= MAX_LENGTH) return name;
  throw ApiError.invalidRequest(
    `The header ${HEADER} is longer than ${MAX_LENGTH} characters. Send a shorter name, for example a tenant's id.`,
  );
}

/**
 * Who shares answers with whom: the holders of one API key, and among them those who send the same `x-mana-llm-cache-scope`. Where
 * the gateway has no keys, the key as it was sent counts; callers with neither share among themselves: undefined. A digest, so that
 * no key is readable where a scope turns up.
 */
export function cacheScope(
  { principal, isKeyChecked, sentKey }: Caller,
  headers: IncomingHttpHeaders,
): string | undefined {
  const name = readHeader(headers);
  if (!isKeyChecked && sentKey === undefined && name === null) return undefined;
  // Three entries for a checked key, two for a sent one: no client can send what makes it another's scope in a shared Redis.
  const scope = isKeyChecked ? ['checked', principal, name] : [sentKey ?? null, name];
  return createHash('sha256').update(JSON.stringify(scope)).digest('hex');
}
