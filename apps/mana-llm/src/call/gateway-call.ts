import type { IncomingHttpHeaders } from 'node:http';
import type { CallContext, ReaderState } from '@mana-llm/llm-providers';
import type { Observable } from 'rxjs';
import type { RequestRecord } from './request-record.js';

/** A server-sent event, on one line. Clients ignore a comment. */
export type SseEvent = { data: string } | { comment: string };

/** The client, as the reader of a stream and as the place to which its frames are written. */
export interface FrameTarget extends ReaderState {
  /** Writes the events to the client; tells how they end. */
  write(events$: Observable<SseEvent>): Observable<never>;
}

/** Who asks. */
export interface Caller {
  /** A short name for the API key that was checked; where the gateway has no keys, the client's address. */
  readonly principal: string;
  readonly isKeyChecked: boolean;
  /** Where the gateway has no keys: the key that the client sent all the same. */
  readonly sentKey?: string;
}

/** What a controller hands down of the HTTP request: the call's context, its record, and the way to tell who answers. */
export interface GatewayCall {
  readonly context: CallContext;
  readonly record: RequestRecord;
  /** The client: a stream's frames go to it at its own pace. */
  readonly reader: FrameTarget;
  readonly caller: Caller;
  /** The request's headers. */
  readonly headers: IncomingHttpHeaders;
  /** Sets a header of the answer, on a success as on an error; one that is on its way already stays as it is. */
  setHeader(name: string, value: string): void;
  /** Sets `x-mana-llm-resolved` and `x-mana-llm-attempts`, on an answer as on an error. */
  resolved(model: string, attempts: number): void;
}
