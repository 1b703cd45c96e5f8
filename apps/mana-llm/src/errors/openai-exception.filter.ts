import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { discardRest } from '../http/discard-rest.js';
import { getRequestState } from '../http/request-state.js';
import type { SecretRedactor } from '../logging/secret-redactor.js';
import { loggedErrorCode, toOpenAiError } from './to-openai-error.js';
import { unknownRoute } from './unknown-route.js';

/** Gives every failure of every route, Express's own included, OpenAI's error shape. */
@Catch()
export class OpenAiExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger(OpenAiExceptionFilter.name);

  constructor(private readonly secrets: SecretRedactor) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // Nest's router throws a plain NotFoundException for a path that it does not know; no handler of ours throws one.
    const error = thrown instanceof NotFoundException ? unknownRoute(request) : thrown;
    const { status, headers, body } = toOpenAiError(error, this.secrets.redact);
    const state = getRequestState(request);
    if (state?.hasLeft()) return;
    if (state !== undefined) state.record.errorCode = loggedErrorCode(error);
    if (status === 500) this.logger.error(error instanceof Error ? error : new Error(String(error)));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    discardRest(request, response);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.status(status).json(body);
  }
}
