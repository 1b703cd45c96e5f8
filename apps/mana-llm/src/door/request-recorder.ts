import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { HttpCall, setCall } from '../call/http-call.js';
import type { CallRecord } from '../call/call-record.js';
import { cutStalledClient } from './client-connection.js';
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

/**
 * The first middleware: makes the call of each request, with its id, its record and the signal that stops its work, and reports
 * once how it ended.
 */
export function requestRecorder({ running, drainState, stalledClientMs, onStart, onEnd }: RequestRecorderOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdFrom(request.headers['x-request-id']);
    const { method } = request;
    const record: CallRecord = { requestId, method, route: 'unmatched', startedAtMs: performance.now() };
    const call = new HttpCall(record, request, response);
    cutStalledClient(response, stalledClientMs);
    setCall(request, call);
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

const ACCEPTED = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `x-request-id` where it is safe to repeat in headers and logs, else a new one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && ACCEPTED.test(header) ? header : randomUUID();
}
