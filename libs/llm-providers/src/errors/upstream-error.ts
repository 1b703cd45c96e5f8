import { ApiError } from '@mana-llm/openai-api';
import { redactAddresses } from './error-text.js';

/** What went wrong at a provider. */
export type UpstreamErrorKind =
  /** The provider answered with an error, by status or inside a 200. */
  | 'refused'
  /** No connection, or it broke before the answer began. */
  | 'connection_failed'
  /** The answer cannot be read: not JSON, not the promised form, too large. */
  | 'bad_response'
  /** The answer began and did not come to its end. */
  | 'stream_broken'
  /** A timeout ran out; `phase` names it. */
  | 'timeout'
  /** The answer is whole and says nothing. */
  | 'empty_response';

/** The timeouts of a call, in the order in which they can run out (see `ProviderTimeouts`). */
export type TimeoutPhase = 'connect' | 'first_token' | 'idle' | 'total';

export interface UpstreamErrorOptions {
  provider: string;
  kind: UpstreamErrorKind;
  /** HTTP status of the answer, or the one that an error inside a 200 names. */
  status?: number;
  /** What the caller reads in place of `message`: it quotes the provider, and so perhaps the prompt. */
  callerMessage?: string;
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

/** More than a caller gets to read: redaction makes a text shorter. */
const MAX_KEPT_LENGTH = 8 * 1024;

/**
 * Any failure of a provider. `message` has the gateway's own words only: it is fit for health, logs and other callers.
 * `callerMessage`, `type`, `code` and `param` are the provider's words as they came: they may hold the prompt, keys and addresses,
 * and go to the caller alone, after secrets are replaced.
 */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  readonly provider: string;
  readonly kind: UpstreamErrorKind;
  readonly status: number | undefined;
  readonly callerMessage: string | undefined;
  readonly type: string | null;
  readonly code: string | null;
  readonly param: string | null;
  readonly phase: TimeoutPhase | undefined;
  /** The limit that ran out was the caller's own: the timeout says nothing against the provider. */
  readonly isCallersLimit: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: UpstreamErrorOptions) {
    super(redactAddresses(message), { cause: options.cause });
    this.provider = options.provider;
    this.kind = options.kind;
    this.status = options.status;
    this.callerMessage = options.callerMessage?.slice(0, MAX_KEPT_LENGTH);
    this.type = options.type?.slice(0, MAX_KEPT_LENGTH) ?? null;
    this.code = options.code?.slice(0, MAX_KEPT_LENGTH) ?? null;
    this.param = options.param?.slice(0, MAX_KEPT_LENGTH) ?? null;
    this.phase = options.phase;
    this.isCallersLimit = options.isCallersLimit ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** A refusal, told by its status. */
  static refused(options: Omit<UpstreamErrorOptions, 'kind'>): UpstreamError {
    const { provider, status } = options;
    const what = status === undefined ? 'reported an error' : `answered with status ${status}`;
    return new UpstreamError(`${provider} ${what}.`, { ...options, kind: 'refused' });
  }
}

/**
 * A whole answer without text, reasoning or tool call. Another candidate may give more. Where there is none, the caller gets
 * `answer` as it came.
 */
export class EmptyAnswerError<T> extends UpstreamError {
  override readonly name = 'EmptyAnswerError';

  constructor(
    provider: string,
    readonly answer: T,
  ) {
    super(`${provider} answered with nothing.`, { provider, kind: 'empty_response' });
  }
}

/** The code that a caller would read, whether a provider has refused or the gateway itself. */
export function errorCode(error: unknown): string | null {
  if (error instanceof UpstreamError) return error.code;
  return error instanceof ApiError ? error.code : null;
}
