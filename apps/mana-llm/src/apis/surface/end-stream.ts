import { subscribeGuarded, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import { Observable } from 'rxjs';
import { isDrain } from '../../drain/server-draining-error.js';
import { loggedErrorCode, toOpenAiError } from '../../errors/to-openai-error.js';
import { CLIENT_FIRST_MS } from '../../call/caller-limits.js';
import type { SseEvent } from '../../call/gateway-call.js';
import type { GatewayCall } from '../../call/gateway-call.js';
import type { SecretRedactor } from '../../logging/secret-redactor.js';
import type { StreamEnd } from '../../metrics/stream-end.js';

const logger = new Logger('ChatStream');

function endOf(error: unknown): StreamEnd {
  if (isDrain(error)) return 'drained';
  if (error instanceof UpstreamError) return error.kind === 'timeout' ? 'timeout' : 'upstream_error';
  return error instanceof ApiError ? 'upstream_error' : 'gateway_error';
}

/** An official client measures the silence of a stream itself: its clock ends first. */
function holdMsOf(error: unknown): number {
  return error instanceof UpstreamError && error.isCallersLimit && error.phase === 'idle' ? CLIENT_FIRST_MS : 0;
}

export interface EndOptions {
  maxSilenceMs: number;
  /** What an error must not show, though its provider quotes it. */
  secrets: SecretRedactor;
}

/**
 * The outermost part of a stream, around everything of ours that may throw. It ends the stream once: in `[DONE]`, or in one frame
 * with an error, and the record says which. An error that reached Nest would be sent as plain text, which official clients cannot
 * read.
 *
 * No provider is silent for longer than `maxSilenceMs`: its own clocks end it. A stream that is, though its client takes what is
 * there, has lost its end inside the gateway, and is ended here.
 */
export function endStream(
  events$: Observable<SseEvent>,
  { record, reader, context: { signal } }: GatewayCall,
  { maxSilenceMs, secrets }: EndOptions,
): Observable<SseEvent> {
  return new Observable((subscriber) => {
    const tell = (error: unknown): void => {
      const { status, body } = toOpenAiError(error, secrets.redact);
      record.end = endOf(error);
      record.errorCode = loggedErrorCode(error);
      subscriber.next({ data: JSON.stringify(body) });
      subscriber.complete();
      // What nobody foresaw is told to the log alone.
      if (status === 500) logger.error(error instanceof Error ? error : new Error(String(error)));
    };
    const fail = (error: unknown): void => {
      // The client has left: there is nobody to be told.
      if (error === signal.reason && !isDrain(error)) return subscriber.complete();
      try {
        tell(error);
      } catch (thrown) {
        record.end = 'gateway_error';
        subscriber.error(thrown);
      }
    };
    const onSilence = (): void => {
      if (reader.whenReady() !== undefined) return void clock.refresh();
      source.unsubscribe();
      fail(new Error(`The stream was silent for ${maxSilenceMs} ms, and no clock of its provider has ended it.`));
    };
    const failLater = (error: unknown): void => {
      const holdMs = holdMsOf(error);
      if (holdMs === 0) return fail(error);
      clearTimeout(clock);
      clock = setTimeout(() => fail(error), holdMs);
    };
    let clock = setTimeout(onSilence, maxSilenceMs);
    subscriber.add(() => clearTimeout(clock));
    const source = subscribeGuarded(events$, {
      next: (frame) => {
        if ('data' in frame) clock.refresh();
        subscriber.next(frame);
      },
      error: failLater,
      complete: () => {
        record.end = 'complete';
        subscriber.complete();
      },
    });
    subscriber.add(source);
  });
}
