import { type ChatCompletionChunk, stringifyJson } from '@mana-llm/openai-api';
import { Logger, type MessageEvent } from '@nestjs/common';
import { catchError, concat, filter, map, type Observable, of } from 'rxjs';
import { toOpenAiError } from '../errors/to-openai-error.js';
import type { SecretRedactor } from '../logging/secret-redactor.js';
import { withHeartbeat } from './with-heartbeat.js';

const logger = new Logger('ChatStream');

/** An empty `id` keeps Nest from numbering the frames: with a real one, a comment frame makes openai-python throw. */
const event = (data: string): MessageEvent => ({ data, id: '' });

/** With usage asked for, every frame but the usage frame says `usage: null`; else there is no such key and no such frame. */
function withUsage(chunks$: Observable<ChatCompletionChunk>, includeUsage: boolean): Observable<ChatCompletionChunk> {
  if (!includeUsage) return chunks$.pipe(filter((chunk) => chunk.choices.length > 0));
  return chunks$.pipe(map((chunk) => (chunk.choices.length > 0 ? { ...chunk, usage: null } : chunk)));
}

/** The last frame of a stream that broke. What nobody foresaw is told to the log alone. */
function errorEvent(error: unknown, { redact }: SecretRedactor): MessageEvent {
  const { status, body } = toOpenAiError(error, redact);
  if (status === 500) logger.error(error instanceof Error ? error : new Error(String(error)));
  return event(JSON.stringify(body));
}

/**
 * The frames of a chat stream. It ends in exactly one of two ways: the finish and usage frames and `[DONE]`, or one frame with
 * an error.
 */
export function toSseEvents(
  chunks$: Observable<ChatCompletionChunk>,
  options: { includeUsage: boolean; heartbeatMs: number; secrets: SecretRedactor },
): Observable<MessageEvent> {
  const { includeUsage, heartbeatMs, secrets } = options;
  const frames$ = withUsage(chunks$, includeUsage).pipe(map((chunk) => event(stringifyJson(chunk))));
  // catchError comes last: an error that reaches Nest would be sent as plain text, which official clients cannot read.
  return withHeartbeat(concat(frames$, of(event('[DONE]'))), heartbeatMs).pipe(
    catchError((error: unknown) => of(errorEvent(error, secrets))),
  );
}
