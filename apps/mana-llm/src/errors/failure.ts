import { CAPABILITY_MISSING } from '@mana-llm/llm-providers';

/** What has gone wrong, for a surface that names failures in its own words. */
export type FailureKind =
  | 'invalid_request'
  /** Node's HTTP server could not read the request to its end. */
  | 'unreadable_request'
  | 'authentication'
  | 'permission'
  | 'not_found'
  /** The provider refuses the content. */
  | 'blocked'
  /** The model cannot do what the request asks for. */
  | 'capability'
  | 'rate_limit'
  /** The provider refuses the gateway's own key, or requires payment. */
  | 'provider_account'
  | 'provider_failed'
  /** Nobody can serve the model now. */
  | 'no_provider'
  | 'unavailable'
  | 'timeout'
  | 'internal';

/** A failure in no API's shape. A surface's renderer makes the body that its clients read. */
export interface Failure {
  kind: FailureKind;
  status: number;
  message: string;
  /** The family of the error, in OpenAI's words. */
  type: string;
  code: string | null;
  /** The path of the field that is wrong. */
  param: string | null;
  /** What else is known: `attempts`, the candidates that have failed. */
  details?: Readonly<Record<string, unknown>> | undefined;
  /** When to send the request again, where somebody knows it. */
  retryAfterMs?: number | undefined;
  /** Headers of the answer in every API's shape, such as `x-should-retry`. */
  headers: Readonly<Record<string, string>>;
}

type FailureFields = Pick<Failure, 'message' | 'type'> & Partial<Omit<Failure, 'status'>>;

const KIND_BY_CODE: ReadonlyMap<string | null, FailureKind> = new Map([
  ['no_candidate_left', 'no_provider'],
  ['breaker_open', 'no_provider'],
  ['content_filter', 'blocked'],
  [CAPABILITY_MISSING, 'capability'],
  ['upstream_auth_error', 'provider_account'],
  ['upstream_billing_error', 'provider_account'],
]);

const KIND_BY_STATUS: ReadonlyMap<number, FailureKind> = new Map([
  [401, 'authentication'],
  [403, 'permission'],
  [404, 'not_found'],
  [429, 'rate_limit'],
  [502, 'provider_failed'],
  [503, 'unavailable'],
  [504, 'timeout'],
]);

function kindOf(status: number, code: string | null): FailureKind {
  const known = KIND_BY_CODE.get(code) ?? KIND_BY_STATUS.get(status);
  return known ?? (status >= 500 ? 'internal' : 'invalid_request');
}

export function failure(status: number, { code = null, param = null, ...fields }: FailureFields): Failure {
  return { kind: kindOf(status, code), status, code, param, headers: {}, ...fields };
}

/** When to send the request again: in whole seconds for every client, and exactly for the official ones. */
export function retryHeaders(retryAfterMs: number): Record<string, string> {
  return {
    'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    'retry-after-ms': String(Math.round(retryAfterMs)),
  };
}

/** The headers of the answer to a request that has failed. */
export function failureHeaders({ headers, retryAfterMs }: Failure): Readonly<Record<string, string>> {
  return retryAfterMs === undefined ? headers : { ...headers, ...retryHeaders(retryAfterMs) };
}
