import type { ChatCompletionChunk, CompletionUsage } from '@mana-llm/openai-api';
import type { Observable } from 'rxjs';
import { isDrain } from '../../drain/server-draining-error.js';
import type { GatewayMetrics } from '../../metrics/gateway-metrics.js';
import { countedTokens } from '../../call/counted-tokens.js';
import { failureReason } from './failure-reason.js';
import { secondsSince } from './seconds-since.js';
import { tapGuarded } from './tap-guarded.js';

export interface CountedStream {
  labels: { provider: string; model: string };
  metrics: GatewayMetrics;
  /** `performance.now()` at the request to the provider, and at the first content. */
  sentAtMs: number;
  openedAtMs: number;
  /** The stream is whole and says nothing. */
  isEmpty: boolean;
}

/** Counts a provider's stream fully: its latency, its tokens and what broke it. One that is unsubscribed was left. */
export function countStream(
  chunks$: Observable<ChatCompletionChunk>,
  { labels, metrics, sentAtMs, openedAtMs, isEmpty }: CountedStream,
): Observable<ChatCompletionChunk> {
  let usage: CompletionUsage | undefined;
  let isWhole = false;
  let errorType = isEmpty ? 'empty_response' : undefined;

  const countOutputTokens = (): void => {
    const tokens = countedTokens(usage).completionTokens ?? 0;
    if (!isWhole || tokens < 2) return;
    metrics.timePerOutputToken({ ...labels, seconds: secondsSince(openedAtMs) / (tokens - 1) });
  };

  return chunks$.pipe(
    tapGuarded({
      next: (chunk) => {
        usage = chunk.usage ?? usage;
      },
      error: (error: unknown) => {
        if (!isDrain(error)) errorType = failureReason(error);
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
