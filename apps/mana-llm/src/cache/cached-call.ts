import type { GatewayCall } from '../call/gateway-call.js';
import type { Route } from '../routing/candidate.js';

/** A request on its way past the cache. */
export interface CachedCall {
  route: Route;
  call: GatewayCall;
}
