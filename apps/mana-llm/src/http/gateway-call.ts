import type { IncomingHttpHeaders } from 'node:http';
import type { CallContext } from '@mana-llm/llm-providers';
import type { RequestRecord } from '../logging/request-record.js';
import type { PacedReader } from './frame-pacer.js';

/** Who asks, as far as a request tells. */
export interface Caller {
  /** The API key as it was sent, checked or not. */
  readonly key?: string;
  /** The client's address; behind a proxy that is trusted, the one that it names. */
  readonly address: string;
}

/** What a controller hands down of the HTTP request: the call's context, its record, and the way to tell who answers. */
export interface GatewayCall {
  readonly context: CallContext;
  readonly record: RequestRecord;
  /** The client: a stream's frames go to it at its own pace. */
  readonly reader: PacedReader;
  readonly caller: Caller;
  /** The request's headers. */
  readonly headers: IncomingHttpHeaders;
  /** Sets a header of the answer, on a success as on an error; one that is on its way already stays as it is. */
  setHeader(name: string, value: string): void;
  /** Sets `x-mana-llm-resolved` and `x-mana-llm-attempts`, on an answer as on an error. */
  resolved(model: string, attempts: number): void;
}
