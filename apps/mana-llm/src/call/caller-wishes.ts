import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '@mana-llm/openai-api';
import type { CallerLimits } from '@mana-llm/llm-providers';

/** What `cache-control` of a request may say of stored answers (RFC 9111, 5.2.1). */
export interface CacheDirectives {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeSeconds?: number;
}

/** `name`, `name=token` or `name="quoted, text"`: a comma inside quotes does not end a directive. */
const DIRECTIVE = /([^\s,;="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;

/** RFC 9111, 1.2.2: a number that is too large counts as 2^31. */
const MAX_DELTA_SECONDS = 2 ** 31;

const NO_DIRECTIVES: CacheDirectives = { noStore: false, noCache: false, onlyIfCached: false };

/** With a number that cannot be read, every stored answer is too old (RFC 9111, 4.2.1). */
function readDeltaSeconds(text: string): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : 0;
}

/** Unknown directives are ignored. Of several `max-age` the strictest one counts. */
export function readCacheDirectives(header: string | undefined): CacheDirectives {
  if (header === undefined) return NO_DIRECTIVES;
  const directives: { -readonly [Field in keyof CacheDirectives]: CacheDirectives[Field] } = { ...NO_DIRECTIVES };
  for (const [, name = '', quoted, token = ''] of header.matchAll(DIRECTIVE)) {
    switch (name.toLowerCase()) {
      case 'no-store':
        directives.noStore = true;
        break;
      case 'no-cache':
        directives.noCache = true;
        break;
      case 'only-if-cached':
        directives.onlyIfCached = true;
        break;
      case 'max-age': {
        const seconds = readDeltaSeconds((quoted ?? token).trim());
        directives.maxAgeSeconds = Math.min(directives.maxAgeSeconds ?? Infinity, seconds);
        break;
      }
    }
  }
  return directives;
}

const NAME_HEADER = 'x-mana-llm-caller';
const MAX_NAME_LENGTH = 128;

const SCOPE_HEADER = 'x-mana-llm-cache-scope';
const MAX_SCOPE_LENGTH = 256;

const asOneText = (sent: string | string[] | undefined): string | undefined =>
  Array.isArray(sent) ? sent.join(', ') : sent;

/** What the caller says of its request in headers. Each header is read only when its field is used: most requests have none. */
export class CallerWishes {
  private directives: CacheDirectives | undefined;

  constructor(private readonly headers: IncomingHttpHeaders) {}

  /** The name that a caller gives itself, as several services may share a key or an address. Nobody has checked it. */
  get name(): string | undefined {
    const name = asOneText(this.headers[NAME_HEADER])?.trim().slice(0, MAX_NAME_LENGTH);
    return name === '' ? undefined : name;
  }

  /** How often the caller has sent this request before: official clients count their retries in a header. */
  get retries(): number {
    const sent = this.headers['x-stainless-retry-count'];
    const count = typeof sent === 'string' && /^\d+$/.test(sent) ? Number(sent) : 0;
    return Number.isSafeInteger(count) ? count : 0;
  }

  /** By `x-mana-llm-priority: low`. */
  get isLowPriority(): boolean {
    const sent = this.headers['x-mana-llm-priority'];
    return typeof sent === 'string' && sent.trim().toLowerCase() === 'low';
  }

  get cacheDirectives(): CacheDirectives {
    return (this.directives ??= readCacheDirectives(this.headers['cache-control']));
  }

  /**
   * The name of the part of the cache that the caller wants to use; null: it has sent none. Throws 400 for a name that is too long.
   */
  get cacheScope(): string | null {
    const name = asOneText(this.headers[SCOPE_HEADER]);
    if (name === undefined || name === '') return null;
    if (name.length <= MAX_SCOPE_LENGTH) return name;
    throw ApiError.invalidRequest(
      `The header ${SCOPE_HEADER} is longer than ${MAX_SCOPE_LENGTH} characters. Send a shorter name, for example a tenant's id.`,
    );
  }
}

/**
 * At its own timeout an official client raises its timeout error. An answer that comes at that very moment makes it raise another
 * one. So our answer comes this much later. https://github.com/openai/openai-python#timeouts
 */
export const CLIENT_FIRST_MS = 250;
/** A timer may fire a little before `Date.now()` says so. */
const EARLY_TIMER_MS = 5;

const NO_LIMITS: CallerLimits = {};

function positive(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const value = typeof header === 'string' && header.trim() !== '' ? Number(header) : NaN;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/**
 * The caller's own limits. `x-stainless-timeout` of openai-node, in seconds: the time up to our response headers.
 * `x-stainless-read-timeout` of openai-python, in seconds: the longest silence. `x-request-timeout-ms`: the time of the whole call.
 */
export function callerLimits(headers: IncomingHttpHeaders, nowMs = Date.now()): CallerLimits {
  const openSeconds = positive(headers['x-stainless-timeout']);
  const silenceSeconds = positive(headers['x-stainless-read-timeout']);
  const totalMs = positive(headers['x-request-timeout-ms']);
  if (openSeconds === undefined && silenceSeconds === undefined && totalMs === undefined) return NO_LIMITS;
  return {
    ...(openSeconds === undefined ? {} : { openByMs: nowMs + openSeconds * 1000 }),
    ...(silenceSeconds === undefined ? {} : { maxSilenceMs: silenceSeconds * 1000 }),
    ...(totalMs === undefined ? {} : { deadlineAtMs: nowMs + totalMs }),
  };
}

/** When an official client gives up waiting for our response headers; Infinity where it sent no such limit. */
export function headersDueAtMs(
  { openByMs = Infinity, maxSilenceMs = Infinity }: CallerLimits,
  nowMs = Date.now(),
): number {
  return Math.min(openByMs, nowMs + maxSilenceMs);
}

/**
 * How long an error waits before it is sent, so that the client's own clock ends first. 0 while that clock runs, and long after its
 * end.
 */
export function holdErrorMs(dueAtMs: number, nowMs = Date.now()): number {
  return nowMs < dueAtMs - EARLY_TIMER_MS ? 0 : Math.max(0, dueAtMs + CLIENT_FIRST_MS - nowMs);
}
