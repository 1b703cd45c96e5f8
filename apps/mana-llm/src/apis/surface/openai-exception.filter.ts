import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { holdErrorMs } from '../../call/caller-limits.js';
import { discardRest } from '../../door/discard-rest.js';
import { getRequestState } from '../../call/request-state.js';
import type { SecretRedactor } from '../../logging/secret-redactor.js';
import { errorDetail } from './error-detail.js';
import type { OpenAiError } from '../../errors/openai-error.js';
import { loggedErrorCode, toOpenAiError } from '../../errors/to-openai-error.js';
import { unknownRoute } from '../../door/unknown-route.js';

function send(answer: OpenAiError, request: Request, response: Response): void {
  const { status, headers, body } = answer;
  const detail = errorDetail(request.originalUrl, answer);
  discardRest(request, response);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.status(status).json(detail === undefined ? body : { ...body, detail });
}

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
    const answer = toOpenAiError(error, this.secrets.redact);
    const state = getRequestState(request);
    if (state?.hasLeft()) return;
    if (state !== undefined) state.record.errorCode = loggedErrorCode(error);
    if (answer.status === 500) this.logger.error(error instanceof Error ? error : new Error(String(error)));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const holdMs = holdErrorMs(state?.headersDueAtMs ?? Infinity);
    if (holdMs === 0) return send(answer, request, response);
    const timer = setTimeout(() => send(answer, request, response), holdMs);
    response.once('close', () => clearTimeout(timer));
  }
}
