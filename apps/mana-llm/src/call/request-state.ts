import type { Request } from 'express';
import type { Caller } from './gateway-call.js';
import type { RequestRecord } from './request-record.js';

export interface RequestState {
  readonly record: RequestRecord;
  /** Aborted when the client leaves before its answer is complete, or when the gateway stops. */
  readonly signal: AbortSignal;
  /** True once nobody is there to be answered. */
  hasLeft(): boolean;
  /** Known once `apiKeyGuard` has let the request in. */
  caller?: Caller;
  /** Epoch ms at which an official client gives up waiting for our headers, known once the handler has begun. */
  headersDueAtMs?: number;
}

const STATE = Symbol('what the gateway keeps for a request');

/** A field of the request: an entry in a `WeakMap` costs 1 us, most of it for the garbage collector. */
type WithState = Request & { [STATE]?: RequestState };

export function setRequestState(request: Request, state: RequestState): void {
  (request as WithState)[STATE] = state;
}

/** What `requestRecorder` keeps for a request; undefined for one that never passed it. */
export function getRequestState(request: Request): RequestState | undefined {
  return (request as WithState)[STATE];
}
