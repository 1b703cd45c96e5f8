import { setMaxListeners } from 'node:events';
import type { NextFunction, Request, Response } from 'express';
import type { DrainState } from '../drain/drain-state.js';
import type { RunningRequests } from '../drain/running-requests.js';
import { serverDrainingError } from '../drain/server-draining-error.js';
import type { RequestRecord } from '../logging/request-record.js';
import { cutStalledClient } from './cut-stalled-client.js';
import { FrameWriter } from './frame-writer.js';
import { requestIdFrom } from './request-id.js';
import { setRequestState } from './request-state.js';
import { routePattern } from './route-pattern.js';

export interface RequestRecorderOptions {
  running: RunningRequests;
  drainState: DrainState;
  /** A client that takes nothing for so long, while there is something to take, is cut. */
  stalledClientMs: number;
  onStart: () => void;
  /** The record is complete: route and status are set. */
  onEnd: (record: RequestRecord) => void;
}

/** nginx's status for a client that closed its connection before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

const CLIENT_LEFT = new DOMException('the client has left', 'AbortError');
const ANSWER_ENDED = new DOMException('the answer has ended', 'AbortError');

/**
 * The first middleware: gives each request its id, its record and the signal that stops its work, and reports once how it ended.
 */
export function requestRecorder({ running, drainState, stalledClientMs, onStart, onEnd }: RequestRecorderOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const work = new AbortController();
    // A list of models asks each server at once, and each listens. Node 20 warns from the 11th on; Node 24 sets no bound.
    setMaxListeners(0, work.signal);
    const requestId = requestIdFrom(request.headers['x-request-id']);
    const record: RequestRecord = {
      requestId,
      method: request.method,
      route: 'unmatched',
      startedAtMs: performance.now(),
    };
    const hasLeft = (): boolean => response.destroyed && !response.writableFinished;
    const reader = new FrameWriter(response);
    cutStalledClient(response, stalledClientMs);
    setRequestState(request, { record, signal: work.signal, reader, hasLeft });
    response.setHeader('x-request-id', requestId);
    if (drainState.isDraining) response.setHeader('connection', 'close');
    // Nest's streams say keep-alive, whatever the client or the drain says: RFC 9112, 9.6 has the server close.
    const isLast = drainState.isDraining || !response.shouldKeepAlive;
    // A request whose body is still being sent is read to its end first, or its client would lose the answer.
    if (isLast) response.once('finish', () => request.complete && request.socket.end());
    running.add(work, requestId);
    onStart();
    response.once('close', () => {
      running.remove(work);
      // A stream that was whole did not reach a client who left before its last byte.
      if (hasLeft() && (record.end === undefined || record.end === 'complete')) record.end = 'client_closed';
      // What still works for an answer that has ended, a mistake of ours has left behind.
      work.abort(hasLeft() ? CLIENT_LEFT : ANSWER_ENDED);
      record.route = routePattern(request);
      record.status = hasLeft() && !response.headersSent ? CLIENT_CLOSED_REQUEST : response.statusCode;
      onEnd(record);
    });
    next(drainState.isClosed ? serverDrainingError() : undefined);
  };
}
