import type { CallContext } from '@mana-llm/llm-providers';
import type { RequestRecord } from '../logging/request-record.js';
import type { PacedReader } from './frame-pacer.js';

/** What a controller hands down of the HTTP request: the call's context, its record, and the way to tell who answers. */
export interface GatewayCall {
  readonly context: CallContext;
  readonly record: RequestRecord;
  /** The client: a stream's frames go to it at its own pace. */
  readonly reader: PacedReader;
  /** Sets `x-mana-llm-resolved` and `x-mana-llm-attempts`, on an answer as on an error. */
  resolved(model: string, attempts: number): void;
}
