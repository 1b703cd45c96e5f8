import type { IncomingHttpHeaders } from 'node:http';
import type { CallContext } from '@mana-llm/llm-providers';
import type { RequestRecord } from '../logging/request-record.js';
import type { FrameTarget } from './frame-writer.js';

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
