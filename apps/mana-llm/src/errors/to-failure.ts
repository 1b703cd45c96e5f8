import { redactAddresses, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { HttpException } from '@nestjs/common';
import { failure, type Failure } from './failure.js';

const DEFAULT_RETRY_AFTER_MS = 1_000;
/** Our own code for a 503, not a provider's. Official clients show it, and it tells the caller that this is no overload. */
const MODEL_LOADING = 'model_loading';
const NO_RETRY = { 'x-should-retry': 'false' };
/** Of a code and of a param. A text that is cut gets one character more. */
const MAX_NAME_LENGTH = 199;

/** OpenAI's codes for a 429 that does not end with time: https://platform.openai.com/docs/guides/error-codes */
const QUOTA_CODES = new Set<string | null>(['insufficient_quota', 'billing_hard_limit_reached']);

/** True for a 429 that ends with a payment, and not with time. */
export function isQuotaSpent({ code }: Pick<UpstreamError, 'code'>): boolean {
  return QUOTA_CODES.has(code);
}

/** Replaces the configured secrets in a text. */
export type Redact = (text: string) => string;

/** A provider's code or param as the caller sees it. Secrets are replaced first: in a text that is cut, a part of one is not found. */
function nameFrom(name: string | null, redact: Redact): string | null {
  return name === null ? null : redactAddresses(redact(name), MAX_NAME_LENGTH);
}

function messageOf({ callerMessage, message }: UpstreamError, redact: Redact): string {
  return callerMessage === undefined ? message : redactAddresses(redact(callerMessage));
}

function fromRefusal(error: UpstreamError, redact: Redact): Failure {
  const { status, provider } = error;
  const message = messageOf(error, redact);
  const code = nameFrom(error.code, redact);
  const param = nameFrom(error.param, redact);
  switch (status) {
    case 400:
    case 413:
    case 422:
      return failure(status, { message, type: 'invalid_request_error', code, param });
    case 404:
      return failure(404, { message, type: 'invalid_request_error', code: code ?? 'model_not_found', param });
    case 401:
    case 403: {
      const text = `${provider} refused the gateway's own key. The gateway's operator must check the key and the account.`;
      return failure(502, { message: text, type: 'upstream_error', code: 'upstream_auth_error', headers: NO_RETRY });
    }
    case 402: {
      const text = `${provider} requires payment. The gateway's operator must check the account.`;
      return failure(502, { message: text, type: 'upstream_error', code: 'upstream_billing_error', headers: NO_RETRY });
    }
    case 408:
    case 504:
      return failure(504, { message, type: 'timeout_error', code: 'upstream_timeout' });
    case 429:
      return fromLimit(error, { message, code });
    case 503:
      return failure(503, { message, type: 'upstream_error', code: code === MODEL_LOADING ? code : null });
    default:
      return failure(502, { message, type: 'upstream_error' });
  }
}

function fromLimit(error: UpstreamError, { message, code }: Pick<Failure, 'message' | 'code'>): Failure {
  const type = 'rate_limit_error';
  if (isQuotaSpent(error)) {
    const text = `The gateway's account at ${error.provider} has no quota left. The gateway's operator must check the account.`;
    return failure(429, { message: text, type, code, headers: NO_RETRY });
  }
  const retryAfterMs = error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS;
  return failure(429, { message, type, code: code ?? 'rate_limit_exceeded', retryAfterMs });
}

function fromKind(error: UpstreamError, redact: Redact): Failure {
  const { kind, message } = error;
  switch (kind) {
    case 'refused':
      return fromRefusal(error, redact);
    case 'timeout':
      return failure(504, { message, type: 'timeout_error', code: `${error.phase ?? 'total'}_timeout` });
    case 'connection_failed':
    case 'bad_response':
    case 'stream_broken':
    case 'empty_response':
      return failure(502, { message, type: 'upstream_error', code: kind });
    default: {
      const unknown: never = kind;
      throw new TypeError(`unknown kind of upstream error: ${String(unknown)}`);
    }
  }
}

/** A provider's failure as the caller sees it, with the time of the next try where the provider has named one. */
export function fromUpstreamError(error: UpstreamError, redact: Redact): Failure {
  const failed = fromKind(error, redact);
  const mayPass = failed.status >= 500 && failed.headers['x-should-retry'] === undefined;
  return error.retryAfterMs === undefined || !mayPass ? failed : { ...failed, retryAfterMs: error.retryAfterMs };
}

/** Express's and its middlewares' errors: `status` and, where the text is meant for clients, `expose`. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error ? (error as Error & { status?: unknown }).status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

const unchanged: Redact = (text) => text;

/**
 * Any error as a failure. An error that nobody foresaw says nothing of itself: the log has it. Pass `redact` where the failure goes
 * to a caller.
 */
export function toFailure(error: unknown, redact = unchanged): Failure {
  if (error instanceof ApiError) {
    const { status, message, type, code, param, details, retryAfterMs, headers } = error;
    return failure(status, { message, type, code, param, details, retryAfterMs, headers });
  }
  if (error instanceof UpstreamError) return fromUpstreamError(error, redact);
  const status = statusOf(error);
  if (status !== undefined && status < 500) {
    return failure(status, { message: (error as Error).message, type: 'invalid_request_error' });
  }
  const message = 'The gateway failed to handle this request. Its log tells more under this request id.';
  return failure(500, { message, type: 'server_error', code: 'internal_error' });
}

/** The codes of a provider's refusal that the gateway knows: its own, and OpenAI's for what it decides by. */
const KNOWN_CODES = new Set<string | null>([
  'billing_hard_limit_reached',
  'capability_missing',
  'content_filter',
  'context_length_exceeded',
  'insufficient_quota',
  'model_loading',
  'model_not_found',
  'rate_limit_exceeded',
  'upstream_auth_error',
  'upstream_billing_error',
  'upstream_timeout',
]);

/** The code of a failure as the log has it, or its type. A code that only the provider knows is its text, and may hold a prompt. */
export function loggedErrorCode(error: unknown, { code, type }: Failure): string {
  const isOurs = !(error instanceof UpstreamError) || error.kind !== 'refused' || KNOWN_CODES.has(code);
  return (isOurs && code) || type;
}
