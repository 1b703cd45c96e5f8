import { AsyncResource } from 'node:async_hooks';
import { Observable, type Subscriber } from 'rxjs';
import type { LlmStream } from '../chat-stream.js';

async function forward<T>(stream: LlmStream<T>, subscriber: Subscriber<T>): Promise<void> {
  try {
    for await (const value of stream) subscriber.next(value);
    subscriber.complete();
  } catch (error) {
    subscriber.error(error);
  }
}

/** Each subscription asks for one answer, in the async context of this call; unsubscribing stops it. */
export function toObservable<T>(ask: () => LlmStream<T>): Observable<T> {
  // Nest subscribes to what an @Sse handler returns after the handler, and not in every version in its context.
  const context = new AsyncResource('LlmObservable');
  return new Observable((subscriber) => {
    const stream = context.runInAsyncScope(ask);
    void context.runInAsyncScope(() => forward(stream, subscriber));
    return () => stream.abort();
  });
}
