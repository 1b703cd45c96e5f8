import { redactAddresses, type UpstreamError } from '@mana-llm/llm-providers';
import { isQuotaSpent } from './is-quota-spent.js';
import { openAiError, type OpenAiError } from './openai-error.js';
import { retryHeaders } from './retry-headers.js';

const DEFAULT_RETRY_AFTER_MS = 1_000;
/** Our own word for a 503, not a provider's: official clients show it, and a caller can tell it from an overload. */
const MODEL_LOADING = 'model_loading';
const NO_RETRY = { 'x-should-retry': 'false' };
/** Of a code and a param; a cut adds one character to it. */
const MAX_NAME_LENGTH = 199;

/** Replaces the configured secrets in a text. */
export type Redact = (text: string) => string;

/** What is shown of a provider's name for something. Secrets are looked for first: a pattern or a cut may leave a part of one. */
function nameFrom(name: string | null, redact: Redact): string | null {
  return name === null ? null : redactAddresses(redact(name), MAX_NAME_LENGTH);
}

function messageOf({ callerMessage, message }: UpstreamError, redact: Redact): string {
  return callerMessage === undefined ? message : redactAddresses(redact(callerMessage));
}

function fromRefusal(error: UpstreamError, redact: Redact): OpenAiError {
  const { status, provider, retryAfterMs } = error;
  const message = messageOf(error, redact);
  const code = nameFrom(error.code, redact);
  const param = nameFrom(error.param, redact);
  switch (status) {
    case 400:
    case 413:
    case 422:
      return openAiError(status, { message, type: 'invalid_request_error', code, param });
    case 404:
      return openAiError(404, { message, type: 'invalid_request_error', code: code ?? 'model_not_found', param });
    case 401:
    case 403: {
      const text = `${provider} refused the gateway's own credentials. The gateway's operator has to check its key and account.`;
      return openAiError(502, { message: text, type: 'upstream_error', code: 'upstream_auth_error' }, NO_RETRY);
    }
    case 402: {
      const text = `${provider} wants to be paid. The gateway's operator has to check the account.`;
      return openAiError(502, { message: text, type: 'upstream_error', code: 'upstream_billing_error' }, NO_RETRY);
    }
    case 408:
    case 504:
      return openAiError(504, { message, type: 'timeout_error', code: 'upstream_timeout' });
    case 429: {
      if (!isQuotaSpent(error)) {
        const limited = { message, type: 'rate_limit_error', code: code ?? 'rate_limit_exceeded' };
        return openAiError(429, limited, retryHeaders(retryAfterMs ?? DEFAULT_RETRY_AFTER_MS));
      }
      const text = `${provider} has no quota left for the gateway. The gateway's operator has to check the account.`;
      return openAiError(429, { message: text, type: 'rate_limit_error', code }, NO_RETRY);
    }
    case 503:
      return openAiError(503, { message, type: 'upstream_error', code: code === MODEL_LOADING ? code : null });
    default:
      return openAiError(502, { message, type: 'upstream_error' });
  }
}

function fromKind(error: UpstreamError, redact: Redact): OpenAiError {
  const { kind, message } = error;
  switch (kind) {
    case 'refused':
      return fromRefusal(error, redact);
    case 'timeout':
      return openAiError(504, { message, type: 'timeout_error', code: `${error.phase ?? 'total'}_timeout` });
    case 'connection_failed':
    case 'bad_response':
    case 'stream_broken':
    case 'empty_response':
      return openAiError(502, { message, type: 'upstream_error', code: kind });
    default: {
      const unknown: never = kind;
      throw new TypeError(`unknown kind of upstream error: ${String(unknown)}`);
    }
  }
}

/** What the caller is told about a provider's failure; when to come again too, where the provider has said so. */
export function fromUpstreamError(error: UpstreamError, redact: Redact): OpenAiError {
  const answer = fromKind(error, redact);
  const isMendedByTime = answer.status >= 500 && answer.headers['x-should-retry'] === undefined;
  if (error.retryAfterMs === undefined || !isMendedByTime) return answer;
  return { ...answer, headers: { ...answer.headers, ...retryHeaders(error.retryAfterMs) } };
}
