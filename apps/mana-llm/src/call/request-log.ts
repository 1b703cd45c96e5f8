import type { GatewayLogger, LogLevel } from '../logging/gateway-logger.js';
import type { RequestRecord } from './request-record.js';

const PROBED_ROUTE = /^\/(?:health|metrics|v1\/health)(?:\/|$)/;

function levelOf({ route, status = 0, end }: RequestRecord): LogLevel {
  if (PROBED_ROUTE.test(route)) {
    return 'debug';
  }
  if (end === 'client_closed') {
    return 'info';
  }
  // A stream that broke has told its status, 200, long before.
  return status >= 500 || end === 'upstream_error' || end === 'timeout' ? 'warn' : 'info';
}

function failures({ failed }: RequestRecord): string | undefined {
  return failed
    ?.map(({ model, reason, status, detail }) =>
      [model, reason, status, detail].filter((part) => part !== undefined).join(' '),
    )
    .join('; ');
}

/** The one line per request. */
export function logRequest(logger: GatewayLogger, record: RequestRecord, nowMs = performance.now()): void {
  logger.line(levelOf(record), 'request', {
    requestId: record.requestId,
    route: record.route,
    method: record.method,
    status: record.status,
    durationMs: Math.round((nowMs - record.startedAtMs) * 10) / 10,
    provider: record.provider,
    model: record.model,
    promptTokens: record.promptTokens,
    completionTokens: record.completionTokens,
    attempts: record.attempts,
    failed: failures(record),
    errorCode: record.errorCode,
    end: record.end,
  });
}
