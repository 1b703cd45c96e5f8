import type { ReaderState } from '@mana-llm/llm-providers';
import type { GatewayCall } from '../call/gateway-call.js';

/** The call of the first caller, under the signal of work that others may share: each caller's limits are its own. */
export function sharedCall(call: GatewayCall, signal: AbortSignal, reader?: ReaderState): GatewayCall {
  const context = { requestId: call.context.requestId, signal, ...(reader === undefined ? {} : { reader }) };
  return { ...call, context };
}
