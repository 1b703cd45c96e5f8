import { setMaxListeners } from 'node:events';
import type { NextFunction, Request, Response } from 'express';
import type { DrainState } from '../drain/drain-state.js';
import type { RunningRequests } from '../drain/running-requests.js';
import { serverDrainingError } from '../drain/server-draining-error.js';
import type { RequestRecord } from '../call/request-record.js';
import { cutStalledClient } from './cut-stalled-client.js';
import type { Caller } from '../call/gateway-call.js';
import { requestIdFrom } from './request-id.js';
import { type RequestState, setRequestState } from '../call/request-state.js';
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

/** A request on its way. */
class RecordedRequest implements RequestState {
  caller?: Caller;
  headersDueAtMs?: number;
  private work: AbortController | undefined;
  private stoppedBy: Error | undefined;

  constructor(
    readonly record: RequestRecord,
    private readonly response: Response,
  ) {}

  /** Made for the first who asks, since a request that the gateway answers by itself needs none: it costs 1 us, 11 us on Node 20. */
  get signal(): AbortSignal {
    if (this.work === undefined) {
      this.work = new AbortController();
      // A list of models asks each server at once, and each listens. Node 20 warns from the 11th on; Node 24 sets no bound.
      setMaxListeners(0, this.work.signal);
      if (this.stoppedBy !== undefined) this.work.abort(this.stoppedBy);
    }
    return this.work.signal;
  }

  abort(reason: Error): void {
    this.stoppedBy ??= reason;
    this.work?.abort(reason);
  }

  hasLeft(): boolean {
    return this.response.destroyed && !this.response.writableFinished;
  }

  /** The answer is written, or nobody is there to read it. */
  close(request: Request): void {
    const { record, response } = this;
    const hasLeft = this.hasLeft();
    // A stream that was whole did not reach a client who left before its last byte.
    if (hasLeft && (record.end === undefined || record.end === 'complete')) record.end = 'client_closed';
    // What still works for an answer that has ended, a mistake of ours has left behind.
    this.abort(hasLeft ? CLIENT_LEFT : ANSWER_ENDED);
    record.route = routePattern(request);
    record.status = hasLeft && !response.headersSent ? CLIENT_CLOSED_REQUEST : response.statusCode;
  }
}

/**
 * The first middleware: gives each request its id, its record and the signal that stops its work, and reports once how it ended.
 */
export function requestRecorder({ running, drainState, stalledClientMs, onStart, onEnd }: RequestRecorderOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdFrom(request.headers['x-request-id']);
    const { method } = request;
    const record: RequestRecord = { requestId, method, route: 'unmatched', startedAtMs: performance.now() };
    const state = new RecordedRequest(record, response);
    cutStalledClient(response, stalledClientMs);
    setRequestState(request, state);
    response.setHeader('x-request-id', requestId);
    if (drainState.isDraining) response.setHeader('connection', 'close');
    // Nest's streams say keep-alive, whatever the client or the drain says: RFC 9112, 9.6 has the server close.
    const isLast = drainState.isDraining || !response.shouldKeepAlive;
    // A request whose body is still being sent is read to its end first, or its client would lose the answer.
    if (isLast) response.once('finish', () => request.complete && request.socket.end());
    running.add(state, requestId);
    onStart();
    response.on('close', () => {
      running.remove(state);
      state.close(request);
      onEnd(record);
    });
    next(drainState.isClosed ? serverDrainingError() : undefined);
  };
}
