import { redactAddresses } from './redact-addresses.js';

export type UpstreamErrorKind =
  /** The provider answered with an error, by status or inside a 200. */
  | 'refused'
  /** No connection, or it broke before the answer began. */
  | 'connection_failed'
  /** The answer cannot be read: not JSON, not the promised form, too large. */
  | 'bad_response'
  /** The answer began and did not come to its end. */
  | 'stream_broken'
  /** One of the timeouts ran out; `phase` says which. */
  | 'timeout'
  /** The answer is whole and says nothing. */
  | 'empty_response';

export type TimeoutPhase = 'connect' | 'first_token' | 'idle' | 'total';

export interface UpstreamErrorOptions {
  provider: string;
  kind: UpstreamErrorKind;
  /** HTTP status of the answer, or the one that an error inside a 200 names. */
  status?: number;
  /** The provider's own `type`, `code` and `param`, where it sent them. */
  type?: string | null;
  code?: string | null;
  param?: string | null;
  phase?: TimeoutPhase;
  /** A timeout whose limit was the caller's own, shorter than the provider's; left out: false. */
  isCallersLimit?: boolean;
  /** What the provider asked for by `retry-after`. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Statuses after which the same request may succeed: timeouts, rate limits, conflicts and the server's own trouble. */
function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

/**
 * Any failure of a provider. `message` is fit for a client: it names the provider and never its address or key.
 * `isRetryable` says whether the same request may succeed when it is sent again.
 */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  readonly provider: string;
  readonly kind: UpstreamErrorKind;
  readonly status: number | undefined;
  readonly type: string | null;
  readonly code: string | null;
  readonly param: string | null;
  readonly phase: TimeoutPhase | undefined;
  /** The limit that ran out was the caller's own: the timeout says nothing against the provider. */
  readonly isCallersLimit: boolean;
  readonly retryAfterMs: number | undefined;
  readonly isRetryable: boolean;

  constructor(message: string, options: UpstreamErrorOptions) {
    super(redactAddresses(message), { cause: options.cause });
    this.provider = options.provider;
    this.kind = options.kind;
    this.status = options.status;
    this.type = options.type ?? null;
    this.code = options.code ?? null;
    this.param = options.param ?? null;
    this.phase = options.phase;
    this.isCallersLimit = options.isCallersLimit ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.isRetryable = options.status === undefined ? true : isRetryableStatus(options.status);
  }
}
