import {
  LlmAbortError,
  LlmAuthenticationError,
  LlmContextLengthError,
  type LlmError,
  LlmRateLimitError,
  LlmRequestError,
  LlmTimeoutError,
  LlmUnavailableError,
} from '../errors.js';

/** An answer in OpenAI's shape. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: { error: { message: string; type: string; param: string | null; code: string | null } };
}

/** What a class of errors is to the caller of this backend. */
interface Kind {
  status: number;
  type: string;
  message?: string;
  code?: string;
}

const RATE_LIMITED: Kind = { status: 429, type: 'rate_limit_error' };
const TIMED_OUT: Kind = { status: 504, type: 'timeout_error' };
/** The word of nginx for a client that closed its request. */
const ABORTED: Kind = { status: 499, type: 'request_aborted' };
/** The key is this backend's, and its caller has no other: so the caller sees neither a 401 nor what was said of the key. */
const UNAUTHENTICATED: Kind = {
  status: 502,
  type: 'upstream_error',
  message: 'The language models refused the key of this service.',
  code: 'upstream_auth_error',
};

function statusOfRequestError({ status = 400 }: LlmError): number {
  return status >= 400 && status < 500 ? status : 400;
}

/** A gateway that is out of reach has no status. One that answered with a bug, or with no JSON, is a bad gateway. */
function statusOfUnavailable({ status = 503 }: LlmError): number {
  return status === 503 ? 503 : 502;
}

function kindOf(error: LlmError): Kind {
  if (LlmRateLimitError.isInstance(error)) return RATE_LIMITED;
  if (LlmTimeoutError.isInstance(error)) return TIMED_OUT;
  if (LlmAbortError.isInstance(error)) return ABORTED;
  if (LlmAuthenticationError.isInstance(error)) return UNAUTHENTICATED;
  if (LlmContextLengthError.isInstance(error) || LlmRequestError.isInstance(error)) {
    return { status: statusOfRequestError(error), type: 'invalid_request_error' };
  }
  const status = LlmUnavailableError.isInstance(error) ? statusOfUnavailable(error) : 502;
  return { status, type: 'upstream_error' };
}

function headersOf(error: LlmError): Record<string, string> {
  const hasDelay = LlmRateLimitError.isInstance(error) || LlmUnavailableError.isInstance(error);
  const retryAfterMs = hasDelay ? error.retryAfterMs : undefined;
  return {
    ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
    ...(error.requestId !== undefined && { 'x-request-id': error.requestId }),
  };
}

/** What a backend answers to its own caller, when a call of the gateway failed. */
export function toErrorAnswer(error: LlmError): ErrorAnswer {
  const { status, type, message = error.message, code = error.code } = kindOf(error);
  const param = LlmRequestError.isInstance(error) ? error.param : null;
  return { status, headers: headersOf(error), body: { error: { message, type, param, code } } };
}
