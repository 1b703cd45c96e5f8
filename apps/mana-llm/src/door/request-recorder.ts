import type { NextFunction, Request, Response } from 'express';
import { SSE_ABORT_CONTROLLER } from '@nestjs/common';
import { HttpCall, setCall } from '../call/http-call.js';
import type { CallRecord } from '../call/call-record.js';
import { requestIdOf } from '../call/request-headers.js';
import { routePattern } from './routes.js';
import { type DrainState, type RunningRequests, serverDrainingError } from '../drain/drain-state.js';

export interface RequestRecorderOptions {
  running: RunningRequests;
  drainState: DrainState;
  /** A client that reads nothing for so long, while bytes wait for it, is cut off. */
  stalledClientMs: number;
  onStart: () => void;
  /** The record is complete: route and status are set. */
  onEnd: (record: CallRecord) => void;
}

// With a listener on the response, Node leaves it to us what a timeout means. Without one it destroys the socket.
function cutIfWaiting(this: Response): void {
  if (this.writableLength > 0) this.destroy();
}

/**
 * Cuts off a client that reads nothing for `stalledMs` while bytes wait for it, of a stream or of a finished answer. Node counts
 * each byte that the kernel takes as progress (`socket.setTimeout`). The client of a quiet stream is not stalled.
 */
export function cutStalledClient(response: Response, stalledMs: number): void {
  const watch = (): void => {
    response.socket?.setTimeout(stalledMs);
  };
  response.on('timeout', cutIfWaiting);
  // Nest's `SseStream` turns the socket's timeout off when it is made: the clock starts once it is piped into the response.
  response.on('pipe', watch);
  // The kernel takes nearly all answers at once: they need no clock.
  response.on('prefinish', () => {
    if (response.writableLength > 0) watch();
  });
}

/**
 * Nest makes an `AbortController` for each stream and aborts it at its end, which makes a `DOMException` with its stack. Nobody
 * listens to it here (docs/decisions/0004-one-signal-per-request.md).
 */
const UNUSED = { signal: new AbortController().signal, abort: () => undefined } satisfies AbortController;

type WithNestSignal = Request & { [SSE_ABORT_CONTROLLER]?: AbortController };

/**
 * The first middleware: makes the call of each request, with its id, its record and the signal that stops its work, and reports
 * once how it ended.
 */
export function requestRecorder({ running, drainState, stalledClientMs, onStart, onEnd }: RequestRecorderOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdOf(request);
    const { method } = request;
    const record: CallRecord = { requestId, method, route: 'unmatched', startedAtMs: performance.now() };
    const call = new HttpCall(record, request, response);
    cutStalledClient(response, stalledClientMs);
    setCall(request, call);
    (request as WithNestSignal)[SSE_ABORT_CONTROLLER] = UNUSED;
    response.setHeader('x-request-id', requestId);
    if (drainState.isDraining) response.setHeader('connection', 'close');
    // Nest's streams say keep-alive, whatever the client or the drain says: RFC 9112, 9.6 has the server close.
    const isLast = drainState.isDraining || !response.shouldKeepAlive;
    // A request whose body is still being sent is read to its end first, or its client would lose the answer.
    if (isLast) response.once('finish', () => request.complete && request.socket.end());
    running.add(call, requestId);
    onStart();
    response.on('close', () => {
      running.remove(call);
      call.close(routePattern(request));
      onEnd(record);
    });
    next(drainState.isClosed ? serverDrainingError() : undefined);
  };
}
