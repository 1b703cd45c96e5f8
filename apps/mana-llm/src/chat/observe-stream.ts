import { UpstreamError } from '@mana-llm/llm-providers';
import { ApiError, type ChatCompletionChunk } from '@mana-llm/openai-api';
import { finalize, type Observable, tap } from 'rxjs';
import { toOpenAiError } from '../errors/to-openai-error.js';
import type { RequestRecord } from '../logging/request-record.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { StreamEnd } from '../metrics/stream-end.js';
import type { Candidate } from '../routing/candidate.js';
import { failureReason } from '../routing/failure-reason.js';

export interface ObservedStream {
  candidate: Candidate;
  record: RequestRecord;
  metrics: GatewayMetrics;
  /** `performance.now()` at the request to the provider, and at the first content. */
  sentAtMs: number;
  openedAtMs: number;
  /** The stream is whole and says nothing. */
  isEmpty: boolean;
}

function endOf(error: unknown): StreamEnd {
  if (error instanceof ApiError && error.body.error.code === 'server_draining') return 'drained';
  return error instanceof UpstreamError && error.kind === 'timeout' ? 'timeout' : 'upstream_error';
}

/** Counts a stream fully: its latency, its tokens, how it ended. A reader that unsubscribes has left. */
export function observeStream(
  chunks$: Observable<ChatCompletionChunk>,
  { candidate, record, metrics, sentAtMs, openedAtMs, isEmpty }: ObservedStream,
): Observable<ChatCompletionChunk> {
  const labels = { provider: candidate.provider.name, model: candidate.name };
  let end: StreamEnd = 'client_closed';
  let errorType = isEmpty ? 'empty_response' : undefined;

  const countTokens = (): void => {
    const tokens = record.completionTokens ?? 0;
    if (end !== 'complete' || tokens < 2) return;
    metrics.timePerOutputToken({ ...labels, seconds: (performance.now() - openedAtMs) / 1000 / (tokens - 1) });
  };

  return chunks$.pipe(
    tap({
      next: ({ usage }) => {
        if (!usage) return;
        record.promptTokens = usage.prompt_tokens;
        record.completionTokens = usage.completion_tokens;
      },
      error: (error: unknown) => {
        end = endOf(error);
        if (end !== 'drained') errorType = failureReason(error);
        const { code, type } = toOpenAiError(error).body.error;
        record.errorCode = code ?? type;
      },
      complete: () => {
        end = 'complete';
      },
    }),
    finalize(() => {
      record.end = end;
      metrics.streamEnded({ end });
      metrics.modelCallEnded({
        ...labels,
        streaming: true,
        hasAnswered: true,
        latencySeconds: (performance.now() - sentAtMs) / 1000,
        ...(errorType === undefined ? {} : { errorType }),
        ...(record.promptTokens === undefined ? {} : { promptTokens: record.promptTokens }),
        ...(record.completionTokens === undefined ? {} : { completionTokens: record.completionTokens }),
      });
      countTokens();
    }),
  );
}
