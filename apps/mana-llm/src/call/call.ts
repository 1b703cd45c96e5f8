import type { CallContext, ReaderState } from '@mana-llm/llm-providers';
import type { Observable } from 'rxjs';
import type { CallerWishes } from './caller-wishes.js';
import type { CallRecord } from './call-record.js';

/** A server-sent event, its data on one line; its name where the API has names for them. */
export interface SseData {
  event?: string;
  data: string;
}

/** Events as they stand on the wire, each with its empty line. */
export interface SseText {
  text: string;
}

export type SseFrame = SseData | SseText;

/** What is sent of a stream. Clients ignore a comment. */
export type SseEvent = SseFrame | { comment: string };

/** The client, as the reader of a stream and as the place to which its frames are written. */
export interface FrameTarget extends ReaderState {
  /** Writes the events to the client. The result ends as the events end, and has no values. */
  write(events$: Observable<SseEvent>): Observable<never>;
}

/** Who sent the request. */
export interface Caller {
  /** A short name for the API key that was checked; in a gateway without keys, the client's address. */
  readonly principal: string;
  readonly isKeyChecked: boolean;
  /** In a gateway without keys: the key that the client sent all the same. */
  readonly sentKey?: string;
}

/** A request that is being answered, as everything below the controllers knows it. */
export interface Call {
  /** What providers get of it: signal, id, the caller's own limits, the reader of a stream. */
  readonly context: CallContext;
  readonly record: CallRecord;
  readonly caller: Caller;
  readonly wishes: CallerWishes;
  readonly reader: FrameTarget;
  /** Sets a header of the answer, on a success as on an error. It does nothing once the headers are sent. */
  setHeader(name: string, value: string): void;
  /** Sets `x-mana-llm-resolved` and `x-mana-llm-attempts`, on an answer as on an error. */
  resolved(model: string, attempts: number): void;
}
