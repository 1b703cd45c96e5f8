import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { sentKeys } from './sent-keys.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Middleware that lets in the holders of one of `keys`, by `authorization: Bearer` or `x-api-key`; without keys, everybody.
 * Digests are compared, each in constant time, so that neither length nor prefix of a key shows in the time taken.
 */
export function apiKeyGuard(keys: readonly string[]) {
  const digests = keys.map(digest);
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (digests.length === 0 || request.method === 'OPTIONS') return next();
    // Both headers count: a client's own key field may hold any placeholder while the real key comes in the other one.
    const sent = sentKeys(request.headers).map(digest);
    const isKnown = digests.filter((key) => sent.some((candidate) => timingSafeEqual(key, candidate))).length > 0;
    if (isKnown) return next();
    const message =
      sent.length === 0
        ? 'No API key was sent. Send one as "authorization: Bearer <key>" or "x-api-key: <key>".'
        : 'The API key is not one of the keys of this gateway.';
    next(
      new ApiError(401, message, {
        type: 'authentication_error',
        code: 'invalid_api_key',
        headers: { 'www-authenticate': 'Bearer' },
      }),
    );
  };
}
