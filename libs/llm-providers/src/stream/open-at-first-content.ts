import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { from, Observable, type Subscriber } from 'rxjs';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import { saysSomething } from './read-content.js';
import { subscribeGuarded } from './guarded-observers.js';

/** True for a chunk with content in one of its choices. */
export function hasContent(chunk: ChatCompletionChunk): boolean {
  return chunk.choices.some(({ delta }) => saysSomething(delta));
}

function isCutShort(chunks: ChatCompletionChunk[]): boolean {
  return chunks.some(({ choices }) =>
    choices.some(({ finish_reason }) => finish_reason !== null && finish_reason !== 'stop'),
  );
}

/**
 * Subscribes to a stream and resolves when its first chunk with content has come; chunks are kept until the one
 * subscription of the result. Rejects with the stream's error, or with `EmptyAnswerError` for a stream that ended without content,
 * unless its finish reason (`length`, a filter) explains that. `onContent` is called at the first content.
 */
export function openAtFirstContent(
  chunks$: Observable<ChatCompletionChunk>,
  options: { provider: string; onContent?: () => void },
): Promise<Observable<ChatCompletionChunk>> {
  return new Promise((resolve, reject) => {
    const kept: ChatCompletionChunk[] = [];
    let reader: Subscriber<ChatCompletionChunk> | undefined;
    let ending: ((target: Subscriber<ChatCompletionChunk>) => void) | undefined;
    let isOpen = false;

    const opened$ = new Observable<ChatCompletionChunk>((subscriber) => {
      for (const chunk of kept.splice(0)) subscriber.next(chunk);
      reader = subscriber;
      ending?.(subscriber);
      return () => source.unsubscribe();
    });

    const end = (deliver: (target: Subscriber<ChatCompletionChunk>) => void): void => {
      ending = deliver;
      if (reader !== undefined) deliver(reader);
    };

    const source = subscribeGuarded(chunks$, {
      next: (chunk) => {
        if (reader !== undefined) return reader.next(chunk);
        kept.push(chunk);
        if (isOpen || !hasContent(chunk)) return;
        options.onContent?.();
        isOpen = true;
        resolve(opened$);
      },
      error: (error: unknown) => {
        end((target) => target.error(error));
        if (!isOpen) reject(error instanceof Error ? error : new Error('the stream failed', { cause: error }));
      },
      complete: () => {
        end((target) => target.complete());
        if (isOpen) return;
        if (isCutShort(kept)) resolve(opened$);
        else reject(new EmptyAnswerError(options.provider, from(kept)));
      },
    });
  });
}
