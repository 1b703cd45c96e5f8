import type { CallContext } from '@mana-llm/llm-providers';
import type { RequestRecord } from '../logging/request-record.js';

/** What a controller hands down of the HTTP request: the call's context, its record, and the way to tell who answers. */
export interface GatewayCall {
  readonly context: CallContext;
  readonly record: RequestRecord;
  /** Sets `x-mana-llm-resolved` and `x-mana-llm-attempts`, on an answer as on an error. */
  resolved(model: string, attempts: number): void;
}
