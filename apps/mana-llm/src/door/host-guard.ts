import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { ApiError } from '@mana-llm/openai-api';
import type { NextFunction, Request, Response } from 'express';
import { readHost } from '../config/from-text/to-allowed-hosts.js';
import { isOrigin } from '../config/rules/is-origin-list.js';
import { allowsOrigin } from './cors-options.js';

/** Nobody can register a name that ends so, or one without a dot: no DNS of a stranger answers for it. */
const LOCAL_ENDINGS = ['.localhost', '.local', '.internal', '.home.arpa', '.svc', '.cluster.local'];
const LOOPBACK_NAME = 'localhost.localdomain';

/** No name of the DNS is so long, with a port. */
const MAX_HOST_LENGTH = 300;
const MAX_REMEMBERED = 256;
/** Whoever probes the process may not know its name. */
export const PROBES: ReadonlySet<string> = new Set(['/health/live', '/health/ready']);

export interface HostGuardOptions {
  /** Names that are served beside the local ones; `.example.com` stands for all names under it too, `*` for any. */
  allowedHosts: readonly string[];
  /** Undefined: localhost. */
  corsOrigins: readonly string[] | undefined;
}

function isLocal(name: string): boolean {
  if (!name.includes('.')) return name !== '';
  if (isIP(name) !== 0 || name === LOOPBACK_NAME || name === hostname().toLowerCase()) return true;
  return LOCAL_ENDINGS.some((ending) => name.endsWith(ending));
}

function serves(allowed: readonly string[], header: string): boolean {
  if (allowed.includes('*')) return true;
  const host = readHost(header);
  if (host === undefined) return false;
  const { name, port } = host;
  return (
    isLocal(name) ||
    allowed.some((entry) =>
      entry.startsWith('.') ? `.${name}`.endsWith(entry) : entry === name || entry === `${name}:${port}`,
    )
  );
}

/** `serves`, which is asked once for each `Host` that is served. */
function rememberServed(allowed: readonly string[]): (header: string) => boolean {
  const served = new Set<string>();
  return (header) => {
    if (served.has(header)) return true;
    if (header.length > MAX_HOST_LENGTH || !serves(allowed, header)) return false;
    if (served.size === MAX_REMEMBERED) served.clear();
    served.add(header);
    return true;
  };
}

function hostNotAllowed(header: string): ApiError {
  const name = header.length > MAX_HOST_LENGTH ? undefined : readHost(header)?.name;
  const message =
    'Without API keys, this gateway serves requests to local names only, and the Host of this request is not one of them. ' +
    `To allow it, set ALLOWED_HOSTS=${name ?? '<its name>'}, or API_KEYS.`;
  return new ApiError(403, message, { code: 'host_not_allowed' });
}

function originNotAllowed(origin: string): ApiError {
  const isShown = origin.length <= MAX_HOST_LENGTH && isOrigin(origin);
  const message =
    'Without API keys, this gateway serves web pages of its own origin and of CORS_ORIGINS only, and this page has another one. ' +
    `To allow it, set CORS_ORIGINS=${isShown ? origin : '<its origin>'}.`;
  return new ApiError(403, message, { code: 'origin_not_allowed' });
}

const isProbe = ({ path }: Request): boolean => PROBES.has(path.toLowerCase().replace(/\/$/, ''));

/**
 * Middleware for a gateway without keys: a web page must not use it by a name that its own DNS leads here
 * (https://en.wikipedia.org/wiki/DNS_rebinding), nor by a request that a browser sends without asking first
 * (https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS#simple_requests). Only the `Host` itself counts: a page may set
 * `x-forwarded-host`.
 */
export function hostGuard({ allowedHosts, corsOrigins }: HostGuardOptions) {
  const isServed = rememberServed(allowedHosts);
  return (request: Request, _response: Response, next: NextFunction): void => {
    const { host = '', origin } = request.headers;
    if (host !== '' && !isServed(host)) return next(isProbe(request) ? undefined : hostNotAllowed(host));
    // A page that comes from here: http or https, as a proxy may have ended TLS.
    const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
    if (isOwn || allowsOrigin(corsOrigins, origin)) return next();
    next(isProbe(request) ? undefined : originNotAllowed(origin));
  };
}
