import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { clientAddress } from '../call/client-address.js';
import { getRequestState } from '../call/request-state.js';
import { queryKeys, sentKeys } from './sent-keys.js';

interface KnownKey {
  digest: Buffer;
  /** Names the key without telling it; the same in each process and after each start. */
  principal: string;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const toKnownKey = (key: string): KnownKey => ({
  digest: digest(key),
  principal: `key-${digest(`principal of ${key}`).toString('hex').slice(0, 16)}`,
});

/**
 * Digests are compared, each in constant time and all of them, so that neither length nor prefix of a key shows in the time taken.
 * Of two known keys the last one counts: clients of OpenAI's API always send a bearer, `x-api-key` only where somebody wants it.
 */
function principalOf(sent: readonly string[], known: readonly KnownKey[]): string | undefined {
  let principal: string | undefined;
  for (const candidate of sent.map(digest)) {
    for (const key of known) if (timingSafeEqual(key.digest, candidate)) ({ principal } = key);
  }
  return principal;
}

function refusal(isKeySent: boolean): ApiError {
  const message = isKeySent
    ? 'The API key is not one of the keys of this gateway.'
    : 'No API key was sent. Send one as "authorization: Bearer <key>" or "x-api-key: <key>".';
  return new ApiError(401, message, {
    type: 'authentication_error',
    code: 'invalid_api_key',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/**
 * Middleware that lets in the holders of one of `keys`, by `authorization: Bearer` or `x-api-key`, and with `isKeyInQuery` by
 * `?api_key=` too, which logs of proxies keep; without keys, everybody. It
 * leaves the caller with the request: what was checked, never what a client says of itself.
 */
export function apiKeyGuard(keys: readonly string[], { isKeyInQuery = false } = {}) {
  const known = keys.map(toKnownKey);
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (request.method === 'OPTIONS') return next();
    const state = getRequestState(request);
    if (state === undefined) throw new Error('requestRecorder has to come before apiKeyGuard');
    // Both headers count: a client's own key field may hold any placeholder while the real key comes in the other one.
    const sent = sentKeys(request.headers);
    if (known.length === 0) {
      const [sentKey] = sent;
      const principal = clientAddress(request);
      state.caller = { principal, isKeyChecked: false, ...(sentKey === undefined ? {} : { sentKey }) };
      return next();
    }
    if (isKeyInQuery) sent.unshift(...queryKeys(request.originalUrl));
    const principal = principalOf(sent, known);
    if (principal === undefined) return next(refusal(sent.length > 0));
    state.caller = { principal, isKeyChecked: true };
    next();
  };
}
