import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Call } from '../../call/call.js';
import { callOf } from '../../call/http-call.js';
import { FrameWriter } from './frame-writer.js';

/** The `Call` of the request that a handler serves. */
export const CurrentCall = createParamDecorator((_data: unknown, context: ExecutionContext): Call => {
  const http = context.switchToHttp();
  const call = callOf(http.getRequest<Request>());
  if (call === undefined) throw new Error('requestRecorder has to come before every route');
  return call.begin(new FrameWriter(http.getResponse<Response>()));
});
