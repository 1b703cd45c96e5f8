import type { Request } from 'express';
import type { FrameTarget } from './frame-writer.js';
import type { Caller } from './gateway-call.js';
import type { RequestRecord } from '../logging/request-record.js';

export interface RequestState {
  readonly record: RequestRecord;
  /** Aborted when the client leaves before its answer is complete, or when the gateway stops. */
  readonly signal: AbortSignal;
  /** The client, as the reader of a stream. */
  readonly reader: FrameTarget;
  /** True once nobody is there to be answered. */
  hasLeft(): boolean;
  /** Known once `apiKeyGuard` has let the request in. */
  caller?: Caller;
  /** Epoch ms at which an official client gives up waiting for our headers, known once the handler has begun. */
  headersDueAtMs?: number;
}

const states = new WeakMap<object, RequestState>();

export function setRequestState(request: Request, state: RequestState): void {
  states.set(request, state);
}

/** What `requestRecorder` keeps for a request; undefined for one that never passed it. */
export function getRequestState(request: Request): RequestState | undefined {
  return states.get(request);
}
