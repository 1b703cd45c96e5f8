import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { ApiError } from '@mana-llm/openai-api';
import type { CorsOptions, CorsOptionsDelegate } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { NextFunction, Request, Response } from 'express';
import { expectationOf, hostOf, originOf } from '../call/request-headers.js';
import { readHost } from '../config/rules/hosts.js';
import { isOrigin } from '../config/rules/urls.js';

/** Nobody can register a name with such an ending, or a name without a dot. So no DNS of an attacker answers for it. */
const LOCAL_ENDINGS = ['.localhost', '.local', '.internal', '.home.arpa', '.svc', '.cluster.local'];
const LOOPBACK_NAME = 'localhost.localdomain';

/** The longest name in the DNS has 253 characters. */
const MAX_HOST_LENGTH = 300;
const MAX_REMEMBERED = 256;
/** A probe may not know the name of the gateway. */
export const PROBES: ReadonlySet<string> = new Set(['/health/live', '/health/ready']);

export interface HostGuardOptions {
  /** Names that are accepted beside the local ones. `.example.com` also stands for all names under it, `*` for any name. */
  allowedHosts: readonly string[];
  /** Undefined: localhost. */
  corsOrigins: readonly string[] | undefined;
}

function isLocal(name: string): boolean {
  if (!name.includes('.')) return name !== '';
  if (isIP(name) !== 0 || name === LOOPBACK_NAME || name === hostname().toLowerCase()) return true;
  return LOCAL_ENDINGS.some((ending) => name.endsWith(ending));
}

function accepts(allowed: readonly string[], header: string): boolean {
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

/** Calls `accepts` once for each `Host` that is accepted: most requests have the same one. */
function rememberAccepted(allowed: readonly string[]): (header: string) => boolean {
  const accepted = new Set<string>();
  return (header) => {
    if (accepted.has(header)) return true;
    if (header.length > MAX_HOST_LENGTH || !accepts(allowed, header)) return false;
    if (accepted.size === MAX_REMEMBERED) accepted.clear();
    accepted.add(header);
    return true;
  };
}

function hostNotAllowed(header: string): ApiError {
  const name = header.length > MAX_HOST_LENGTH ? undefined : readHost(header)?.name;
  const message =
    'This gateway has no API keys, so it accepts only local names as the Host of a request. This Host is another name. ' +
    `To accept it, set ALLOWED_HOSTS=${name ?? '<its name>'}. Or set API_KEYS.`;
  return new ApiError(403, message, { code: 'host_not_allowed' });
}

function originNotAllowed(origin: string): ApiError {
  const isShown = origin.length <= MAX_HOST_LENGTH && isOrigin(origin);
  const message =
    'This gateway has no API keys, so it accepts web pages only of its own origin and of CORS_ORIGINS. This page has another origin. ' +
    `To accept it, set CORS_ORIGINS=${isShown ? origin : '<its origin>'}.`;
  return new ApiError(403, message, { code: 'origin_not_allowed' });
}

const isProbe = ({ path }: Request): boolean => PROBES.has(path.toLowerCase().replace(/\/$/, ''));

/**
 * Middleware for a gateway without keys. It keeps foreign web pages out, which have two ways in. The DNS of the page's own name can
 * point to this gateway (https://en.wikipedia.org/wiki/DNS_rebinding). And a browser sends some requests without a preflight
 * (https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS#simple_requests). Only `Host` counts, because a page can set
 * `x-forwarded-host`.
 */
export function hostGuard({ allowedHosts, corsOrigins }: HostGuardOptions) {
  const isAccepted = rememberAccepted(allowedHosts);
  return (request: Request, _response: Response, next: NextFunction): void => {
    const host = hostOf(request) ?? '';
    const origin = originOf(request);
    if (host !== '' && !isAccepted(host)) return next(isProbe(request) ? undefined : hostNotAllowed(host));
    // The gateway's own page. Its scheme may differ, because a proxy may have ended TLS.
    const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
    if (isOwn || allowsOrigin(corsOrigins, origin)) return next();
    next(isProbe(request) ? undefined : originNotAllowed(origin));
  };
}

const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

function unmetHttp(request: Request): ApiError | undefined {
  if (request.httpVersion !== '1.1') return undefined;
  const headers = { connection: 'close' };
  // https://www.rfc-editor.org/rfc/rfc9112#section-3.2-6
  if (hostOf(request) === undefined) {
    return new ApiError(400, 'An HTTP/1.1 request needs a Host header. Send one.', { code: 'invalid_http', headers });
  }
  // https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1-5
  const expect = expectationOf(request);
  if (expect === undefined || CONTINUE.test(expect)) return undefined;
  const message = 'The gateway supports no expect header except "expect: 100-continue". Send the request without it.';
  return new ApiError(417, message, { code: 'expectation_failed', headers });
}

/** Middleware that refuses requests that an HTTP/1.1 server must not accept, or cannot fulfil. */
export function refuseUnmetHttp(request: Request, _response: Response, next: NextFunction): void {
  next(unmetHttp(request));
}

const LOCALHOST = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** The headers of an answer that a web page may read. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'x-mana-llm-resolved',
  'x-mana-llm-attempts',
  'x-mana-llm-cache',
  'x-mana-llm-ignored',
  'x-mana-llm-warning',
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
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  };
  // Pages of today's callers send `credentials: 'include'`. Then browsers refuse an answer that allows any origin.
  const withCredentials: CorsOptions = { ...options, credentials: true };
  return (request, callback) => {
    const origin = originOf(request);
    const isListed = !isAny && origin !== undefined && allowsOrigin(origins, origin);
    callback(null, isListed ? withCredentials : options);
  };
}

/** Whether the pages of an origin may call. */
export function allowsOrigin(origins: readonly string[] | undefined, origin: string): boolean {
  return origins === undefined ? LOCALHOST.test(origin) : origins.includes('*') || origins.includes(origin);
}
