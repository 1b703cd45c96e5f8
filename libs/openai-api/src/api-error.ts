import type { ErrorBody } from './error-body.js';

export interface ApiErrorOptions {
  type?: string;
  code?: string | null;
  param?: string | null;
  headers?: Record<string, string>;
  /** Fields beside `message`, `type`, `param` and `code` inside `error`. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** A failure whose HTTP status and OpenAI error body are known where it is thrown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly headers: Record<string, string>;
  readonly body: ErrorBody;

  constructor(
    readonly status: number,
    message: string,
    options: ApiErrorOptions = {},
  ) {
    super(message, { cause: options.cause });
    this.headers = options.headers ?? {};
    this.body = {
      error: {
        message,
        type: options.type ?? 'invalid_request_error',
        param: options.param ?? null,
        code: options.code ?? null,
        ...options.details,
      },
    };
  }

  /** 400 for a field of the request: `param` is its path, `messages[2].content[0].type`. */
  static invalidRequest(message: string, param: string | null = null, code: string | null = null): ApiError {
    return new ApiError(400, message, { param, code });
  }
}
