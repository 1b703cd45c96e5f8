import { subscribeGuarded } from '@mana-llm/llm-providers';
import { type ChatCompletionChunk, stringifyJson } from '@mana-llm/openai-api';
import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import { withHeartbeat } from './with-heartbeat.js';

/** An empty `id` keeps Nest from numbering the frames: with a real one, a comment frame makes openai-python throw. */
export const event = (data: string): MessageEvent => ({ data, id: '' });

/** The frames of a chat stream that comes to its end, `[DONE]` included, and comments while it is quiet. */
export function toSseEvents(
  chunks$: Observable<ChatCompletionChunk>,
  { includeUsage, heartbeatMs }: { includeUsage: boolean; heartbeatMs: number },
): Observable<MessageEvent> {
  const frames$ = new Observable<MessageEvent>((subscriber) =>
    subscribeGuarded(chunks$, {
      next: (chunk) => {
        const isUsage = chunk.choices.length === 0;
        // With usage asked for, every frame but the usage frame says `usage: null`; else there is no such key and no such frame.
        if (!isUsage) subscriber.next(event(stringifyJson(includeUsage ? { ...chunk, usage: null } : chunk)));
        else if (includeUsage) subscriber.next(event(stringifyJson(chunk)));
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        subscriber.next(event('[DONE]'));
        subscriber.complete();
      },
    }),
  );
  return withHeartbeat(frames$, heartbeatMs);
}
