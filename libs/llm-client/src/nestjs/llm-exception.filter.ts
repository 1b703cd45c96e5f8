import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  LlmAbortError,
  LlmAuthenticationError,
  LlmContextLengthError,
  LlmError,
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

/** Node's, which is Express's too. */
interface NodeResponse {
  headersSent: boolean;
  writableEnded: boolean;
  destroy(): void;
}

/** Fastify's reply has Node's response as `raw`. */
interface HttpResponse {
  getHeader(name: string): unknown;
  raw?: NodeResponse;
  hijack?(): void;
}

const nodeResponseOf = (response: HttpResponse) => response.raw ?? (response as unknown as NodeResponse);

const logger = new Logger('LlmClient');

/** What goes wrong behind this backend is its operator's to know, a spent quota too; a wrong request is its caller's. */
export function logFailure({ name, message, code, requestId }: LlmError, status: number): void {
  if (status < 500 && status !== 429) return;
  const id = requestId === undefined ? '' : ` (request ${requestId})`;
  logger.error(`${name}${code === null ? '' : ` ${code}`}: ${message}${id}`);
}

/** An answer that has begun must not look whole: its reader sees that the connection broke. */
function cut(response: HttpResponse): void {
  const node = nodeResponseOf(response);
  if (node.writableEnded) return;
  // Fastify would send its own answer to a handler that sent none.
  response.hijack?.();
  node.destroy();
}

/** Answers a failed call of the gateway with the status that fits and OpenAI's body. Provide it as `APP_FILTER`. */
@Catch(LlmError)
export class LlmExceptionFilter implements ExceptionFilter<LlmError> {
  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  catch(error: LlmError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const { httpAdapter } = this.adapterHost;
    const response = host.switchToHttp().getResponse<HttpResponse>();
    const { status, headers, body } = toErrorAnswer(error);
    logFailure(error, status);
    // Fastify's adapter does not know of what a handler wrote to `raw`.
    if (httpAdapter.isHeadersSent(response) || nodeResponseOf(response).headersSent) {
      cut(response);
      return;
    }
    for (const [name, value] of Object.entries(headers)) {
      if (response.getHeader(name) === undefined) httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }
}
