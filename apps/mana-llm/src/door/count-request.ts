import type { RequestRecord } from '../call/request-record.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';

/**
 * Counts a request that has ended, the way in which its stream did, and what the gateway itself took of its time: to the end, or
 * to a stream's first frame.
 */
export function countRequest(metrics: GatewayMetrics, record: RequestRecord, nowMs = performance.now()): void {
  const { method, route: endpoint, status = 0, startedAtMs, openedAtMs, upstreamMs, end } = record;
  metrics.requestEnded({ method, endpoint, status, latencySeconds: (nowMs - startedAtMs) / 1000 });
  if (openedAtMs !== undefined && end !== undefined) metrics.streamEnded({ end });
  if (upstreamMs === undefined) return;
  const ownMs = Math.max(0, (openedAtMs ?? nowMs) - startedAtMs - upstreamMs);
  metrics.gatewayOverhead({ endpoint, seconds: ownMs / 1000 });
}
