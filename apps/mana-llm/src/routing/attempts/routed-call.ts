import type { GatewayCall } from '../../call/gateway-call.js';

/** What routing needs of a call: its context, the record of how it went, who asks, and the way to tell who answers. */
export type RoutedCall = Pick<GatewayCall, 'context' | 'record' | 'resolved' | 'caller' | 'headers'>;
