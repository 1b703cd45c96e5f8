import { AsyncResource } from 'node:async_hooks';
import { catchError, endWith, map, Observable, of, type OperatorFunction, type Subscriber } from 'rxjs';
import type { MessageEvent } from '@nestjs/common';
import type { LlmStream } from '../chat-stream.js';
import { LlmError } from '../errors.js';
import { logFailure, toErrorAnswer } from './llm-exception.filter.js';

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

/** The gateway's own last word, and not empty: an `EventSource` leaves out an event without data. */
const DONE: MessageEvent = { type: 'done', data: '[DONE]' };

function toErrorEvent(error: unknown): MessageEvent {
  if (!LlmError.isInstance(error)) throw error;
  const { status, body } = toErrorAnswer(error);
  logFailure(error, status);
  return { type: 'error', data: body };
}

/**
 * For `@Sse`, which sends its status before the answer begins: an event for each piece, and behind the last one `done`, by which a
 * reader knows that the answer is whole and that it need not connect again. A failed answer ends with `error` in its place; its
 * data is OpenAI's error body.
 */
export function toMessageEvents<T extends string | object>(): OperatorFunction<T, MessageEvent> {
  return (pieces) =>
    pieces.pipe(
      map((data): MessageEvent => ({ data })),
      endWith(DONE),
      catchError((error) => of(toErrorEvent(error))),
    );
}
