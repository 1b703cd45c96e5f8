import type { MessageEvent } from '@nestjs/common';
import { catchError, endWith, map, of, type OperatorFunction } from 'rxjs';
import { LlmError } from '../errors.js';
import { toErrorAnswer } from './error-answer.js';
import { logFailure } from './llm-exception.filter.js';

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
