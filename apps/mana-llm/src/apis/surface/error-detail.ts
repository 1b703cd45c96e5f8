import { CAPABILITY_MISSING } from '@mana-llm/llm-providers';
import type { OpenAiError } from '../../errors/openai-error.js';

/** What callers of the Python service read as `detail.kind`. */
export const ERROR_KINDS = [
  'invalid_request',
  'auth',
  'blocked',
  'capability',
  'rate_limit',
  'no_healthy_provider',
  'server_error',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

export interface ErrorDetail {
  kind: ErrorKind;
  message: string;
}

const KIND_BY_CODE: ReadonlyMap<string | null, ErrorKind> = new Map([
  ['no_candidate_left', 'no_healthy_provider'],
  ['breaker_open', 'no_healthy_provider'],
  ['content_filter', 'blocked'],
  [CAPABILITY_MISSING, 'capability'],
  ['upstream_auth_error', 'auth'],
  ['upstream_billing_error', 'auth'],
]);

/** The old service answered these routes with `{ "detail": { kind, message } }`. */
const ROUTES = /^\/v1\/(?:chat\/completions|embeddings|models)(?:[/?]|$)/i;

function kindOf(status: number, code: string | null): ErrorKind {
  const named = KIND_BY_CODE.get(code);
  if (named !== undefined) return named;
  if (status === 401) return 'auth';
  if (status === 429) return 'rate_limit';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** What stands beside `error` for callers that read `detail`; undefined on routes that never had it. */
export function errorDetail(url: string, { status, body: { error } }: OpenAiError): ErrorDetail | undefined {
  return ROUTES.test(url) ? { kind: kindOf(status, error.code), message: error.message } : undefined;
}
