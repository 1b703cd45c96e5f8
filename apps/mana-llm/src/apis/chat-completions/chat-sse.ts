import { chunkJson, subscribeGuarded } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { Observable } from 'rxjs';
import type { SseEvent } from '../../call/gateway-call.js';
import { withHeartbeat } from '../surface/with-heartbeat.js';

/** The frames of a chat stream that comes to its end, `[DONE]` included, and comments while it is quiet. */
export function toSseEvents(
  chunks$: Observable<ChatCompletionChunk>,
  { includeUsage, heartbeatMs }: { includeUsage: boolean; heartbeatMs: number },
): Observable<SseEvent> {
  const frames$ = new Observable<SseEvent>((subscriber) =>
    subscribeGuarded(chunks$, {
      next: (chunk) => {
        const isUsage = chunk.choices.length === 0;
        // With usage asked for, every frame but the usage frame says `usage: null`; else there is no such key and no such frame.
        if (isUsage && !includeUsage) return;
        const json = chunkJson(chunk);
        subscriber.next({ data: includeUsage && !isUsage ? `${json.slice(0, -1)},"usage":null}` : json });
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        subscriber.next({ data: '[DONE]' });
        subscriber.complete();
      },
    }),
  );
  return withHeartbeat(frames$, heartbeatMs);
}
