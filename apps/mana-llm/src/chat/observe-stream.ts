import { UpstreamError } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { finalize, type Observable, tap } from 'rxjs';
import { isDrain } from '../drain/server-draining-error.js';
import { loggedErrorCode } from '../errors/to-openai-error.js';
import type { RequestRecord } from '../logging/request-record.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { StreamEnd } from '../metrics/stream-end.js';
import { countedTokens } from '../routing/counted-tokens.js';

function endOf(error: unknown): StreamEnd {
  if (isDrain(error)) return 'drained';
  return error instanceof UpstreamError && error.kind === 'timeout' ? 'timeout' : 'upstream_error';
}

/** Tells the request's record, and the count of streams, how a client's stream went. A reader that unsubscribes has left. */
export function observeStream(
  chunks$: Observable<ChatCompletionChunk>,
  record: RequestRecord,
  metrics: Pick<GatewayMetrics, 'streamEnded'>,
): Observable<ChatCompletionChunk> {
  let end: StreamEnd = 'client_closed';
  return chunks$.pipe(
    tap({
      next: ({ usage }) => {
        if (usage) Object.assign(record, countedTokens(usage));
      },
      error: (error: unknown) => {
        end = endOf(error);
        record.errorCode = loggedErrorCode(error);
      },
      complete: () => {
        end = 'complete';
      },
    }),
    finalize(() => {
      record.end = end;
      metrics.streamEnded({ end });
    }),
  );
}
