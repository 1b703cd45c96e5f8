import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CallContext, CallerLimits } from '@mana-llm/llm-providers';
import type { Request, Response } from 'express';
import { callerLimits, headersDueAtMs } from '../../call/caller-limits.js';
import { type FrameTarget } from '../../call/gateway-call.js';
import { FrameWriter } from './frame-writer.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import { getRequestState, type RequestState } from '../../call/request-state.js';

/** Letters and signs that `encodeURI` leaves as they are. */
const NEEDS_NO_ENCODING = /^[\w/:.@+-]*$/;

function toHeaderText(name: string): string {
  // encodeURI throws at half a surrogate pair.
  return NEEDS_NO_ENCODING.test(name) ? name : encodeURI(name.replace(/\p{Surrogate}/gu, '\uFFFD'));
}

/** Asks the request for its signal only where somebody asks the context for it. */
class RequestContext implements CallContext {
  readonly requestId: string;

  constructor(
    private readonly state: RequestState,
    readonly limits: CallerLimits,
    readonly reader: FrameTarget,
  ) {
    this.requestId = state.record.requestId;
  }

  get signal(): AbortSignal {
    return this.state.signal;
  }
}

/** The `GatewayCall` of the request that a handler serves. */
export const Call = createParamDecorator((_data: unknown, context: ExecutionContext): GatewayCall => {
  const http = context.switchToHttp();
  const response = http.getResponse<Response>();
  const request = http.getRequest<Request>();
  const state = getRequestState(request);
  if (state?.caller === undefined) throw new Error('requestRecorder and apiKeyGuard have to come before every route');
  const { record, caller } = state;
  const { headers } = request;
  const limits = callerLimits(headers);
  state.headersDueAtMs = headersDueAtMs(limits);
  const reader = new FrameWriter(response);
  const setHeader = (name: string, value: string): void => {
    // Work that others wait for too goes on when its first caller has been answered.
    if (!response.headersSent) response.setHeader(name, value);
  };
  return {
    record,
    reader,
    caller,
    headers,
    setHeader,
    context: new RequestContext(state, limits, reader),
    resolved: (model, attempts) => {
      setHeader('x-mana-llm-resolved', toHeaderText(model));
      setHeader('x-mana-llm-attempts', String(attempts));
    },
  };
});
