import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';

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
export function corsOptions(origins: readonly string[] | undefined): CorsOptions {
  const origin = origins === undefined ? LOCALHOST : origins.includes('*') ? '*' : [...origins];
  return {
    origin,
    methods: ['GET', 'HEAD', 'POST'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  };
}

/** Whether the pages of an origin may call. */
export function allowsOrigin(origins: readonly string[] | undefined, origin: string): boolean {
  return origins === undefined ? LOCALHOST.test(origin) : origins.includes('*') || origins.includes(origin);
}
