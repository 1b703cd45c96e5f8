import { isTokenCount } from '@mana-llm/llm-providers';
import type { CompletionUsage } from '@mana-llm/openai-api';
import type { GatewayLogger, LogLevel } from '../logging/gateway-logger.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { StreamEnd } from '../metrics/metric-names.js';

/**
 * What is known about a request that is being answered. It grows on the way and becomes one log line at the end.
 * It has no place for prompts, answers, keys or upstream addresses.
 */
export interface CallRecord {
  readonly requestId: string;
  readonly method: string;
  /** The route pattern, `/v1/models/{id}`, once it is known. */
  route: string;
  /** By the monotonic clock, `performance.now()`. */
  readonly startedAtMs: number;
  /** Known at the end, when the log line is written. */
  status?: number;
  provider?: string;
  model?: string;
  /** Of the upstream calls that were made for this request. */
  promptTokens?: number;
  completionTokens?: number;
  /** Of an answer that was stored, or that another request has paid. */
  savedPromptTokens?: number;
  savedCompletionTokens?: number;
  attempts?: number;
  /** The attempts that failed, and why: not in the provider's own words, which may quote a prompt. */
  failed?: { model: string; reason: string; status?: number; detail?: string }[];
  /** Time spent waiting for providers, failed attempts included; of a stream, up to its first content. */
  upstreamMs?: number;
  /** When a stream's first content had come, by the same clock as `startedAtMs`. */
  openedAtMs?: number;
  errorCode?: string;
  /** `client_closed` also for a buffered answer whose client left before it came. */
  end?: StreamEnd;
}

export interface CountedTokens {
  promptTokens?: number;
  completionTokens?: number;
}

/** What a provider says of an answer's tokens, for records and metrics. What is not a count is left out. */
export function countedTokens(usage: Partial<CompletionUsage> | null | undefined): CountedTokens {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage ?? {};
  const counted: CountedTokens = {};
  if (isTokenCount(promptTokens)) counted.promptTokens = promptTokens;
  if (isTokenCount(completionTokens)) counted.completionTokens = completionTokens;
  return counted;
}

/** The tokens of an upstream call, for the request that made it. A log line that is written does not change any more. */
export function recordTokens(record: CallRecord, tokens: CountedTokens): void {
  if (record.status === undefined) Object.assign(record, tokens);
}

/** Like `recordTokens`, beside the tokens of earlier calls for the same request. */
export function addTokens(record: CallRecord, { promptTokens, completionTokens }: CountedTokens): void {
  const tokens: CountedTokens = {};
  if (promptTokens !== undefined) tokens.promptTokens = (record.promptTokens ?? 0) + promptTokens;
  if (completionTokens !== undefined) tokens.completionTokens = (record.completionTokens ?? 0) + completionTokens;
  recordTokens(record, tokens);
}

/** The tokens that a request has saved: those of an answer, or of vectors, for which it made no upstream call of its own. */
export function recordSavedTokens(record: CallRecord, { promptTokens, completionTokens }: CountedTokens): void {
  if (promptTokens !== undefined) record.savedPromptTokens = promptTokens;
  if (completionTokens !== undefined) record.savedCompletionTokens = completionTokens;
}

/**
 * The request whose log line has the tokens of a shared upstream call: the one that made the call. Where its client left before the
 * call ended, the first of the others takes its place, so that the log has these tokens once.
 */
export class UpstreamUsage {
  constructor(private payer: CallRecord) {}

  /** Whether the log line of this request has the tokens. If not, the request has saved them. */
  isPaidBy(record: CallRecord): boolean {
    const { status, promptTokens, completionTokens } = this.payer;
    const hasLeft = status !== undefined && promptTokens === undefined && completionTokens === undefined;
    if (hasLeft) this.payer = record;
    return this.payer === record;
  }

  /** Records the tokens for one of the other requests. False: they are not saved, for they stand in its log line now. */
  isSavedBy(record: CallRecord, tokens: CountedTokens): boolean {
    const isSaved = !this.isPaidBy(record);
    if (isSaved) recordSavedTokens(record, tokens);
    else recordTokens(record, tokens);
    return isSaved;
  }
}

const PROBED_ROUTE = /^\/(?:health|metrics|v1\/health)(?:\/|$)/;

function levelOf({ route, status = 0, end }: CallRecord): LogLevel {
  if (PROBED_ROUTE.test(route)) {
    return 'debug';
  }
  if (end === 'client_closed') {
    return 'info';
  }
  // A stream that breaks has sent its status, 200, long before.
  return status >= 500 || end === 'upstream_error' || end === 'timeout' ? 'warn' : 'info';
}

function failures({ failed }: CallRecord): string | undefined {
  return failed
    ?.map(({ model, reason, status, detail }) =>
      [model, reason, status, detail].filter((part) => part !== undefined).join(' '),
    )
    .join('; ');
}

/** Writes the one log line of a request. */
export function logRequest(logger: GatewayLogger, record: CallRecord, nowMs = performance.now()): void {
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
    savedPromptTokens: record.savedPromptTokens,
    savedCompletionTokens: record.savedCompletionTokens,
    attempts: record.attempts,
    failed: failures(record),
    errorCode: record.errorCode,
    end: record.end,
  });
}

/**
 * Counts a request that has ended, how its stream ended, and how much of its time the gateway itself took: up to the end, or up
 * to a stream's first frame.
 */
export function countRequest(metrics: GatewayMetrics, record: CallRecord, nowMs = performance.now()): void {
  const { method, route: endpoint, status = 0, startedAtMs, openedAtMs, upstreamMs, end } = record;
  metrics.requestEnded({ method, endpoint, status, latencySeconds: (nowMs - startedAtMs) / 1000 });
  if (openedAtMs !== undefined && end !== undefined) metrics.streamEnded({ end });
  if (upstreamMs === undefined) return;
  const ownMs = Math.max(0, (openedAtMs ?? nowMs) - startedAtMs - upstreamMs);
  metrics.gatewayOverhead({ endpoint, seconds: ownMs / 1000 });
}
