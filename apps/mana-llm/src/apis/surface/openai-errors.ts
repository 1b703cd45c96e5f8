import type { ErrorBody } from '@mana-llm/openai-api';
import type { Failure, FailureKind } from '../../errors/failure.js';
import type { ErrorRenderer } from './error-renderer.js';

const textOrNull = { type: 'string', nullable: true };
const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: { message: { type: 'string' }, type: { type: 'string' }, param: textOrNull, code: textOrNull },
    },
  },
};

function openAiBody({ message, type, param, code, details }: Failure): ErrorBody {
  return { error: { message, type, param, code, ...details } };
}

/** OpenAI's errors, and the end of its streams (https://platform.openai.com/docs/guides/error-codes). */
export const OPENAI_ERRORS: ErrorRenderer = {
  body: openAiBody,
  schema: { name: 'Error', is: ERROR_SCHEMA },
  lastFrames: (failure) => [{ data: JSON.stringify(openAiBody(failure)) }],
  streamEnd: [{ data: '[DONE]' }],
};

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

const DETAIL_KINDS: Readonly<Record<FailureKind, ErrorKind | undefined>> = {
  invalid_request: 'invalid_request',
  // The old service's HTTP server answered these by itself.
  unreadable_request: undefined,
  authentication: 'auth',
  permission: 'invalid_request',
  not_found: 'invalid_request',
  blocked: 'blocked',
  capability: 'capability',
  rate_limit: 'rate_limit',
  provider_account: 'auth',
  provider_failed: 'server_error',
  no_provider: 'no_healthy_provider',
  unavailable: 'server_error',
  timeout: 'server_error',
  internal: 'server_error',
};

/** For the routes that the old service had: it answered with `{ "detail": { kind, message } }`, which stands beside `error` here. */
export const OPENAI_ERRORS_WITH_DETAIL: ErrorRenderer = {
  ...OPENAI_ERRORS,
  body: (failure) => {
    const kind = DETAIL_KINDS[failure.kind];
    const body = openAiBody(failure);
    return kind === undefined ? body : { ...body, detail: { kind, message: failure.message } };
  },
};
