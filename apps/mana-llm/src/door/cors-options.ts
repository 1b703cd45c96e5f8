import type { IncomingMessage } from 'node:http';
import type { CorsOptions, CorsOptionsDelegate } from '@nestjs/common/interfaces/external/cors-options.interface.js';

const LOCALHOST = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** What a web app may read of an answer. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'x-mana-llm-resolved',
  'x-mana-llm-attempts',
  'x-mana-llm-cache',
  'age',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
];

const PREFLIGHT_MAX_AGE_SECONDS = 600;

/** CORS for the configured origins: undefined means localhost on any port, `*` any origin. */
export function corsOptions(origins: readonly string[] | undefined): CorsOptionsDelegate<IncomingMessage> {
  const isAny = origins?.includes('*') === true;
  const options: CorsOptions = {
    origin: origins === undefined ? LOCALHOST : isAny ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  };
  // Pages of today's callers ask with `credentials: 'include'`; browsers refuse such an answer where it allows any origin.
  const withCredentials: CorsOptions = { ...options, credentials: true };
  return ({ headers: { origin } }, callback) => {
    const isListed = !isAny && origin !== undefined && allowsOrigin(origins, origin);
    callback(null, isListed ? withCredentials : options);
  };
}

/** Whether the pages of an origin may call. */
export function allowsOrigin(origins: readonly string[] | undefined, origin: string): boolean {
  return origins === undefined ? LOCALHOST.test(origin) : origins.includes('*') || origins.includes(origin);
}
