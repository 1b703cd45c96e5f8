import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LlmError } from '../errors.js';
import { toErrorAnswer } from './error-answer.js';

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

/** What goes wrong behind this backend is its operator's to know; a wrong request is its caller's. */
export function logFailure({ name, message, code, requestId }: LlmError, status: number): void {
  if (status < 500) return;
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
