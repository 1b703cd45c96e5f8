import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LlmError } from '../errors.js';
import { toErrorAnswer } from './error-answer.js';

/** Express's response is Node's own, Fastify's has it as `raw`. */
interface HttpResponse {
  getHeader(name: string): unknown;
  raw?: NodeResponse;
}

interface NodeResponse {
  writableEnded: boolean;
  destroy(): void;
}

/** Answers a failed call of the gateway with the status that fits and OpenAI's body. Provide it as `APP_FILTER`. */
@Catch(LlmError)
export class LlmExceptionFilter implements ExceptionFilter<LlmError> {
  private readonly logger = new Logger('LlmExceptionFilter');

  constructor(@Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost) {}

  catch(error: LlmError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const { httpAdapter } = this.adapterHost;
    const response = host.switchToHttp().getResponse<HttpResponse>();
    const { status, headers, body } = toErrorAnswer(error);
    if (status >= 500) this.log(error);
    if (httpAdapter.isHeadersSent(response)) {
      cut(response);
      return;
    }
    for (const [name, value] of Object.entries(headers)) {
      if (response.getHeader(name) === undefined) httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }

  private log({ name, message, code, requestId }: LlmError): void {
    const id = requestId === undefined ? '' : ` (request ${requestId})`;
    this.logger.error(`${name}${code === null ? '' : ` ${code}`}: ${message}${id}`);
  }
}

/** An answer that has begun must not look whole: its reader sees that the connection broke. */
function cut(response: HttpResponse): void {
  const node = response.raw ?? (response as unknown as NodeResponse);
  if (!node.writableEnded) node.destroy();
}
