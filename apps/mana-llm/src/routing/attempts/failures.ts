import { isCapabilityMissing, isContextTooLong, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError, isJsonObject } from '@mana-llm/openai-api';
import { isQuotaSpent } from '../../errors/to-failure.js';
import { CandidateUnavailableError } from '../endpoints/unavailability.js';

/**
 * What an error says of the endpoint that gave it. Only what an endpoint does wrong speaks against it. A caller's fault shows that it
 * answers; our own limits, and shorter ones of the caller, show nothing.
 */
export type EndpointVerdict =
  /** It works, and refuses the request. */
  | 'answers'
  /** There is no connection to it. */
  | 'unreachable'
  /** The connection broke before the answer: the endpoint may be gone, or the request makes it break off. */
  | 'cut'
  /** The endpoint is there, and the model or this request fails: 5xx, a broken stream, a timeout. */
  | 'model_failed'
  /** Nothing either way. */
  | 'unknown';

/** What a failure means: one row for each. Nothing else in the app decides by a provider's status what is done next. */
export interface Failure {
  /** One word for dashboards: the `error_type` and `reason` of the metrics, and `reason` in the log. */
  reason: string;
  /** Who may serve the request next. An `endpoint`: another one of the same provider, then another candidate. */
  next: 'endpoint' | 'candidate' | 'nobody';
  /** Whether the same candidate is asked again: `soon`, or after the time that it names. */
  retry: 'soon' | 'as_asked' | 'never';
  /** What it says of the endpoint and of the model: their breakers count by it. */
  verdict: EndpointVerdict;
  /** The same request will fail there again: retries do not mend it. */
  isPermanent: boolean;
}

const failure = (
  reason: string,
  next: Failure['next'],
  verdict: EndpointVerdict,
  { retry = 'never', isPermanent = false }: Partial<Pick<Failure, 'retry' | 'isPermanent'>> = {},
): Failure => ({ reason, next, retry, verdict, isPermanent });

const PERMANENT = { isPermanent: true };
const AS_ASKED = { retry: 'as_asked' } as const;

/** By the provider's status. With these it speaks of itself: its key, its account, its models, its limits. */
const BY_STATUS: Readonly<Record<number, Failure>> = {
  401: failure('auth', 'endpoint', 'answers', PERMANENT),
  402: failure('billing', 'endpoint', 'answers', PERMANENT),
  403: failure('auth', 'endpoint', 'answers', PERMANENT),
  404: failure('model_not_found', 'endpoint', 'answers', PERMANENT),
  408: failure('timeout', 'endpoint', 'model_failed'),
  429: failure('rate_limit', 'endpoint', 'answers', AS_ASKED),
  503: failure('server_error', 'endpoint', 'model_failed', AS_ASKED),
  504: failure('timeout', 'endpoint', 'model_failed'),
};
/** The other 5xx, and an error inside a 200 that names no status. */
const BROKEN = failure('server_error', 'endpoint', 'model_failed');
/** 400, 413, 422 and the other 4xx: the request is wrong everywhere. */
const INVALID = failure('invalid_request', 'nobody', 'answers');

/** By the kind of the error, where the provider did not refuse the request. */
const BY_KIND: Readonly<Record<Exclude<UpstreamError['kind'], 'refused'>, Failure>> = {
  connection_failed: failure('connection_failed', 'endpoint', 'unreachable', { retry: 'soon' }),
  bad_response: failure('bad_response', 'endpoint', 'unknown'),
  stream_broken: failure('stream_broken', 'endpoint', 'model_failed'),
  timeout: failure('timeout', 'endpoint', 'model_failed'),
  // A model that answers with nothing does so at every endpoint.
  empty_response: failure('empty_response', 'candidate', 'answers'),
};
const CONNECT_TIMEOUT: Failure = { ...BY_KIND.timeout, verdict: 'unreachable' };
/** The caller's limit was shorter than the provider's. That is no fault of the provider, and no time is left for another one. */
const CALLERS_LIMIT: Failure = { ...BY_KIND.timeout, next: 'nobody', verdict: 'unknown' };

/** What no provider has said: a bug, an abort, an error of the gateway itself. */
const UNKNOWN = failure('unknown', 'nobody', 'unknown');
/** Our own word while a model is being fetched for a caller: the endpoint is at work. */
const MODEL_LOADING = 'model_loading';
const CONTENT_FILTER = 'content_filter';

const byStatus = (status: number): Failure => BY_STATUS[status] ?? (status >= 500 ? BROKEN : INVALID);

function ofRefusal(error: UpstreamError): Failure {
  const found = error.status === undefined ? BROKEN : byStatus(error.status);
  if (isQuotaSpent(error)) return { ...found, retry: 'never', isPermanent: true };
  if (error.code === MODEL_LOADING) return { ...found, verdict: 'unknown' };
  // Another provider is not asked to evade the policy of the first one.
  return error.code === CONTENT_FILTER ? { ...found, reason: 'blocked' } : found;
}

/** This process, or this machine, has no file descriptor left: https://man7.org/linux/man-pages/man2/socket.2.html#ERRORS */
const OWN_CODE = /^(EMFILE|ENFILE)$/;
/**
 * There was a connection: it was cut, or what came is not HTTP. https://nodejs.org/api/errors.html#common-system-errors,
 * https://undici.nodejs.org/#/docs/api/Errors (UND_ERR_SOCKET: other side closed; HPE_...: its parser's).
 */
const CUT_CODE = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_HEADERS_OVERFLOW|HPE_\w+)$/;
const MAX_CAUSES = 8;

/** Whether the error, or one that it comes from, has such a code. */
function hasCode(error: unknown, pattern: RegExp): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && isJsonObject(current); depth += 1) {
    const { code, errors, cause } = current;
    if (typeof code === 'string' && pattern.test(code)) return true;
    // Several errors: one for each address that was tried.
    current = Array.isArray(errors) ? errors[0] : cause;
  }
  return false;
}

/** Of a connection that failed. */
function connectionVerdict({ cause }: UpstreamError): EndpointVerdict {
  if (hasCode(cause, OWN_CODE)) return 'unknown';
  return hasCode(cause, CUT_CODE) ? 'cut' : 'unreachable';
}

function ofUpstream(error: UpstreamError): Failure {
  if (error.kind === 'refused') return ofRefusal(error);
  if (error.isCallersLimit) return CALLERS_LIMIT;
  if (error.kind === 'timeout' && error.phase === 'connect') return CONNECT_TIMEOUT;
  const found = BY_KIND[error.kind];
  return error.kind === 'connection_failed' ? { ...found, verdict: connectionVerdict(error) } : found;
}

/** What this model cannot do or hold, another one may. */
export function isBeyondModel(error: unknown): boolean {
  return isCapabilityMissing(error) || isContextTooLong(error);
}

function ofModelsLimit(error: unknown): Failure {
  const reason = isCapabilityMissing(error) ? 'capability' : 'context_length_exceeded';
  return failure(
    reason,
    'candidate',
    error instanceof UpstreamError ? ofUpstream(error).verdict : 'unknown',
    PERMANENT,
  );
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CandidateUnavailableError) return failure(error.reason, 'endpoint', 'unknown');
  if (isBeyondModel(error)) return ofModelsLimit(error);
  if (error instanceof UpstreamError) return ofUpstream(error);
  return error instanceof ApiError ? { ...UNKNOWN, reason: byStatus(error.status).reason } : UNKNOWN;
}

/** Whether the next candidate may serve what this one did not. */
export function canAnotherHelp(error: unknown): boolean {
  return failureOf(error).next !== 'nobody';
}

/** The fault is the request's, and not the provider's: the same request gets the same failure again. */
export function isRequestsFault(error: unknown): boolean {
  if (isBeyondModel(error)) return true;
  if (canAnotherHelp(error)) return false;
  return error instanceof ApiError ? error.status < 500 : error instanceof UpstreamError && error.kind === 'refused';
}

/**
 * What the log has beside the reason: the provider's status, or our own words for a connection, a timeout, an answer
 * that cannot be read. A provider's own text is left out: it may quote the prompt.
 */
export function failureDetail(error: unknown): { status?: number; detail?: string } {
  if (!(error instanceof UpstreamError)) return {};
  if (error.kind !== 'refused') return { detail: error.message };
  return error.status === undefined ? {} : { status: error.status };
}
