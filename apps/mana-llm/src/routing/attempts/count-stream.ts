import { tapGuarded } from '@mana-llm/llm-providers';
import type { CompletionUsage } from '@mana-llm/openai-api';
import type { Observable } from 'rxjs';
import { isDrain } from '../../drain/drain-state.js';
import { type GatewayMetrics, secondsSince } from '../../metrics/gateway-metrics.js';
import { countedTokens, recordTokens, type CallRecord } from '../../call/call-record.js';
import { failureOf } from './failures.js';

/** What counting needs to know of the items of a stream. */
export interface StreamItems<T> {
  /** The tokens that an item counts; undefined or null: it counts none. */
  usageOf(item: T): CompletionUsage | null | undefined;
}

export interface CountedStream<T> {
  items: StreamItems<T>;
  labels: { provider: string; model: string };
  /** Of the request that opened the stream. */
  record: CallRecord;
  metrics: GatewayMetrics;
  /** `performance.now()` at the request to the provider, and at the first content. */
  sentAtMs: number;
  openedAtMs: number;
  /** The stream is whole and says nothing. */
  isEmpty: boolean;
}

/** Counts a provider's stream fully: its latency, its tokens and what broke it. One that is unsubscribed was left. */
export function countStream<T>(
  items$: Observable<T>,
  { items, labels, record, metrics, sentAtMs, openedAtMs, isEmpty }: CountedStream<T>,
): Observable<T> {
  let usage: CompletionUsage | undefined;
  let isWhole = false;
  let errorType = isEmpty ? 'empty_response' : undefined;

  const countOutputTokens = (): void => {
    const tokens = countedTokens(usage).completionTokens ?? 0;
    if (!isWhole || tokens < 2) return;
    metrics.timePerOutputToken({ ...labels, seconds: secondsSince(openedAtMs) / (tokens - 1) });
  };

  return items$.pipe(
    tapGuarded({
      next: (item) => {
        const counted = items.usageOf(item);
        if (!counted) return;
        usage = counted;
        // At once, for the log line of a client that leaves is written before the stream ends.
        recordTokens(record, countedTokens(usage));
      },
      error: (error: unknown) => {
        if (!isDrain(error)) errorType = failureOf(error).reason;
      },
      complete: () => {
        isWhole = true;
      },
      finalize: () => {
        metrics.modelCallEnded({
          ...labels,
          streaming: true,
          hasAnswered: true,
          latencySeconds: secondsSince(sentAtMs),
          ...(errorType === undefined ? {} : { errorType }),
          ...countedTokens(usage),
        });
        countOutputTokens();
      },
    }),
  );
}
