/** What is known of a failure beside its message. */
export interface LlmErrorDetails {
  /** The HTTP status of the answer; undefined where there was none. */
  status?: number | undefined;
  /** The gateway's word for the cause, such as `model_not_found`. */
  code?: string | null | undefined;
  /** The gateway's log has the call under this id. */
  requestId?: string | undefined;
  /** The text that had arrived when a stream broke. */
  partialText?: string | undefined;
  cause?: unknown;
}

/** The same symbol in each copy of this package. */
const KINDS = Symbol.for('@mana-llm/client/error-kinds');

interface ErrorClass<T> {
  prototype: T;
  kind: string;
}

function kindsOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<symbol, unknown>)[KINDS] : undefined;
}

/**
 * What every call of the client throws; the classes below say what a caller can do. `instanceof` and `isInstance` give the
 * same, also for an error of another copy of this package.
 */
export class LlmError extends Error {
  /** The class's name, which a bundler may not change. */
  static readonly kind: string = 'LlmError';

  readonly status: number | undefined;
  readonly code: string | null;
  readonly requestId: string | undefined;
  readonly partialText: string | undefined;

  constructor(message: string, details: LlmErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const { kind } = new.target;
    this.name = kind;
    this.status = details.status;
    this.code = details.code ?? null;
    this.requestId = details.requestId;
    this.partialText = details.partialText;
    Object.defineProperty(this, KINDS, { value: [LlmError.kind, kind] });
  }

  static isInstance<T extends LlmError>(this: ErrorClass<T>, value: unknown): value is T {
    const kinds = kindsOf(value);
    return Array.isArray(kinds) && kinds.includes(this.kind);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass of a caller's own has no kind of its own: for it the prototype decides.
    const isOurs = Object.hasOwn(this, 'kind');
    return isOurs ? this.isInstance(value) : Object.prototype.isPrototypeOf.call(this.prototype, value as object);
  }
}

/** Too many requests, or a quota is spent: send it again after `retryAfterMs`, where that is known. */
export class LlmRateLimitError extends LlmError {
  static override readonly kind = 'LlmRateLimitError';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: LlmErrorDetails & { retryAfterMs?: number | undefined } = {}) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Which limit passed: the gateway's own to connect, to the first token, between two tokens, or the limit of the whole call. */
export type LlmTimeoutKind = 'connect' | 'first_token' | 'idle' | 'total' | 'upstream';

/** A time limit passed, the gateway's or the call's `timeoutMs`. */
export class LlmTimeoutError extends LlmError {
  static override readonly kind = 'LlmTimeoutError';
  readonly which: LlmTimeoutKind;

  constructor(message: string, details: LlmErrorDetails & { which?: LlmTimeoutKind | undefined } = {}) {
    super(message, details);
    this.which = details.which ?? 'total';
  }
}

/** The prompt does not fit the model's context: send less. Both numbers in tokens, where the server told them. */
export class LlmContextLengthError extends LlmError {
  static override readonly kind = 'LlmContextLengthError';
  readonly promptTokens: number | undefined;
  readonly limit: number | undefined;

  constructor(
    message: string,
    details: LlmErrorDetails & { promptTokens?: number | undefined; limit?: number | undefined } = {},
  ) {
    super(message, details);
    this.promptTokens = details.promptTokens;
    this.limit = details.limit;
  }
}

/** A candidate that was tried, and why it did not answer. */
export interface LlmAttempt {
  model: string;
  reason: string;
  [field: string]: unknown;
}

/** The gateway or every provider behind it is out of reach or failed: try later. */
export class LlmUnavailableError extends LlmError {
  static override readonly kind = 'LlmUnavailableError';
  readonly attempts: readonly LlmAttempt[];
  /** When the gateway said so: how long to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: LlmErrorDetails & { attempts?: readonly LlmAttempt[]; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, details);
    this.attempts = details.attempts ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The request is wrong: change it. `param` is the path of the field. */
export class LlmRequestError extends LlmError {
  static override readonly kind = 'LlmRequestError';
  readonly param: string | null;

  constructor(message: string, details: LlmErrorDetails & { param?: string | null } = {}) {
    super(message, details);
    this.param = details.param ?? null;
  }
}

/** The gateway did not accept the key, or does not serve this caller. */
export class LlmAuthenticationError extends LlmError {
  static override readonly kind = 'LlmAuthenticationError';
}

/** A stream ended before the answer was whole. `partialText` is what had arrived. */
export class LlmStreamBrokenError extends LlmError {
  static override readonly kind = 'LlmStreamBrokenError';
  declare readonly partialText: string;
}

/** The caller stopped the call: by its signal, by `abort()`, or because it left the loop. */
export class LlmAbortError extends LlmError {
  static override readonly kind = 'LlmAbortError';
}

/** The answer of `object()` does not fit its schema, also after it was asked for once more. */
export class LlmObjectError extends LlmError {
  static override readonly kind = 'LlmObjectError';
  /** The last answer as the model wrote it. */
  readonly text: string;
  /** What is wrong with it. */
  readonly issues: readonly string[];

  constructor(message: string, details: LlmErrorDetails & { text: string; issues: readonly string[] }) {
    super(message, details);
    this.text = details.text;
    this.issues = details.issues;
  }
}
