import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { callOf } from '../call/http-call.js';
import { clientAddress, sentKeys } from '../call/request-headers.js';
import type { OpenRoute } from '../config/environment.js';

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
 * Compares digests, all of them and each in constant time: the time taken tells neither the length nor the beginning of a key. Of
 * two known keys the last one counts: clients of OpenAI's API always send a bearer, and `x-api-key` only where their user has set
 * it.
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
 * Middleware that lets in requests with one of `keys`, as `authorization: Bearer` or `x-api-key`, and with `isKeyInQuery` as
 * `?api_key=` too, which proxies write to their logs. Without `keys` it lets in all requests. It tells the call who its caller is:
 * what was checked, never what a client says of itself.
 */
export function apiKeyGuard(keys: readonly string[], { isKeyInQuery = false } = {}) {
  const known = keys.map(toKnownKey);
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (request.method === 'OPTIONS') return next();
    const call = callOf(request);
    if (call === undefined) throw new Error('requestRecorder has to come before apiKeyGuard');
    // Both headers count: a client's own key field may hold any placeholder while the real key comes in the other one.
    const sent = sentKeys(request);
    if (known.length === 0) {
      const [sentKey] = sent;
      const principal = clientAddress(request);
      call.admit({ principal, isKeyChecked: false, ...(sentKey === undefined ? {} : { sentKey }) });
      return next();
    }
    if (isKeyInQuery) sent.unshift(...queryKeys(request.originalUrl));
    const principal = principalOf(sent, known);
    if (principal === undefined) return next(refusal(sent.length > 0));
    call.admit({ principal, isKeyChecked: true });
    next();
  };
}

/** What each name in `PROTECT` stands for. The routes of probes stay open. */
const PROTECTED_PATHS: Readonly<Record<OpenRoute, (string | RegExp)[]>> = {
  metrics: ['/metrics'],
  docs: ['/docs', '/docs-yaml', '/openapi.json'],
  health: [/^\/health\/?$/i],
};

/** The paths that require a key, as Express takes them: a text stands for everything below it too. */
export function protectedPaths(routes: readonly OpenRoute[]): (string | RegExp)[] {
  return ['/v1', ...routes.flatMap((name) => PROTECTED_PATHS[name])];
}

/** Whether a route requires a key, in a gateway that has keys. */
export function isProtected(path: string, routes: readonly OpenRoute[]): boolean {
  return protectedPaths(routes).some((known) =>
    typeof known === 'string' ? path === known || path.startsWith(`${known}/`) : known.test(path),
  );
}

/** The keys in the query of a URL: `?api_key=`. */
function queryKeys(url: string): string[] {
  const start = url.indexOf('?');
  return start === -1 ? [] : new URLSearchParams(url.slice(start)).getAll('api_key');
}
