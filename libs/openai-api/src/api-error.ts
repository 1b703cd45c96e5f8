/** OpenAI's error body: what a client gets with a status of 400 or above, and inside a stream that fails. */
export interface ErrorBody {
  error: {
    message: string;
    type: string;
    param: string | null;
    code: string | null;
    [field: string]: unknown;
  };
}

/** What an `ApiError` says beside its message. Left out: type `invalid_request_error`, code and param null. */
export interface ApiErrorOptions {
  /** OpenAI's family of the error; `invalid_request_error` if left out. */
  type?: string;
  code?: string | null;
  param?: string | null;
  headers?: Record<string, string>;
  /** When to send the request again. */
  retryAfterMs?: number;
  /** What else a caller is told, such as `attempts`. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** A failure whose HTTP status and words are known where it is thrown. It has no API's shape: that is made where it is answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly headers: Record<string, string>;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    readonly status: number,
    message: string,
    options: ApiErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.type = options.type ?? 'invalid_request_error';
    this.code = options.code ?? null;
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  /** 400 for a field of the request: `param` is its path, `messages[2].content[0].type`. */
  static invalidRequest(message: string, param: string | null = null, code: string | null = null): ApiError {
    return new ApiError(400, message, { param, code });
  }
}
