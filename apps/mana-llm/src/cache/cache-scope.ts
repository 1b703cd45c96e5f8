import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@mana-llm/openai-api';

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
 * Who shares answers with whom: the holders of one API key, and among them those who send the same `x-mana-llm-cache-scope`.
 * Undefined without either: all such callers share. A digest, so that no key is readable where a scope turns up.
 */
export function cacheScope(caller: { key?: string }, headers: IncomingHttpHeaders): string | undefined {
  const name = readHeader(headers);
  if (caller.key === undefined && name === null) return undefined;
  return createHash('sha256')
    .update(JSON.stringify([caller.key ?? null, name]))
    .digest('hex');
}
