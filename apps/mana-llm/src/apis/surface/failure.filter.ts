import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { holdErrorMs } from '../../call/caller-wishes.js';
import { discardRest } from '../../door/read-body.js';
import { callOf } from '../../call/http-call.js';
import type { SecretRedactor } from '../../logging/secret-redactor.js';
import { loggedErrorCode, toFailure } from '../../errors/to-failure.js';
import { unknownRoute } from '../../door/routes.js';
import { type Failure, failureHeaders } from '../../errors/failure.js';
import type { Surfaces } from './surface.module.js';

/** Answers every failure of every route, Express's own included, in the shape of the route's surface. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  private readonly logger = new Logger(FailureFilter.name);

  constructor(
    private readonly surfaces: Surfaces,
    private readonly secrets: SecretRedactor,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // Nest's router throws a plain NotFoundException for a path that it does not know; no handler of ours throws one.
    const error = thrown instanceof NotFoundException ? unknownRoute(request) : thrown;
    const failure = toFailure(error, this.secrets.redact);
    const state = callOf(request);
    if (state?.hasLeft()) return;
    if (state !== undefined) state.record.errorCode = loggedErrorCode(error, failure);
    if (failure.status === 500) this.logger.error(error instanceof Error ? error : new Error(String(error)));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const holdMs = holdErrorMs(state?.headersDueAtMs ?? Infinity);
    if (holdMs === 0) return this.send(failure, request, response);
    const timer = setTimeout(() => this.send(failure, request, response), holdMs);
    response.once('close', () => clearTimeout(timer));
  }

  private send(failure: Failure, request: Request, response: Response): void {
    const body = this.surfaces.errorsOf(request.originalUrl).body(failure);
    discardRest(request, response);
    for (const [name, value] of Object.entries(failureHeaders(failure))) response.setHeader(name, value);
    response.status(failure.status).json(body);
  }
}
