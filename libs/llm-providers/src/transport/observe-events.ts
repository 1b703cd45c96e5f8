import { Observable } from 'rxjs';
import { UpstreamError } from '../errors/upstream-error.js';
import type { AnswerLimits } from '../provider-settings.js';
import { type AnswerBody, drainQuietly } from './answer-body.js';
import { type EventDecoder, type ServerEvent, UnreadableStreamError } from '@mana-llm/event-streams';
import type { UpstreamCall } from './upstream-call.js';

export interface EventSource {
  provider: string;
  body: AnswerBody;
  call: UpstreamCall;
  limits: AnswerLimits;
  /** What a failure of the body means. */
  toError: (error: unknown) => unknown;
}

/** The first events tell the decoder what the others are like (`EventDecoder.expect`): they are delivered before the rest is decoded. */
const HEAD_BYTES = 2 * 1024;

/** The events of one read; those before the place where it cannot be read are given too. */
function attempt(decode: () => ServerEvent[]): { events: ServerEvent[]; failure?: unknown } {
  try {
    return { events: decode() };
  } catch (failure) {
    return { events: failure instanceof UnreadableStreamError ? failure.events : [], failure };
  }
}

/**
 * The events of a body as they come. The body is held back while the call's reader is behind; unsubscribing destroys it,
 * unless the call is complete: then the connection is left to end by itself and is used again.
 */
export function observeEvents(source: EventSource, decoder: EventDecoder): Observable<ServerEvent> {
  const { provider, body, call, toError } = source;
  return new Observable((subscriber) => {
    const unreadable = (cause: unknown): UpstreamError =>
      new UpstreamError(`${provider} sent a stream that cannot be read.`, { provider, kind: 'bad_response', cause });

    const deliver = (decode: () => ServerEvent[]): boolean => {
      const { events, failure } = attempt(decode);
      for (const event of events) {
        if (subscriber.closed) return false;
        subscriber.next(event);
      }
      if (failure !== undefined && !subscriber.closed) subscriber.error(unreadable(failure));
      return !subscriber.closed;
    };

    const waitForReader = (ready: Promise<void>): void => {
      body.pause();
      call.hold();
      const goOn = (): void => {
        if (subscriber.closed) return;
        call.release();
        body.resume();
      };
      ready.then(goOn).catch((error: unknown) => subscriber.error(error));
    };

    let isBegun = false;
    const take = (bytes: Buffer): void => {
      call.byteSeen();
      const head = isBegun ? 0 : Math.min(HEAD_BYTES, bytes.length);
      isBegun = true;
      if (head > 0 && !deliver(() => decoder.decode(bytes.subarray(0, head)))) return;
      if (head < bytes.length && !deliver(() => decoder.decode(bytes.subarray(head)))) return;
      const ready = call.reader?.whenReady();
      if (ready !== undefined) waitForReader(ready);
    };

    body.read({
      // A mistake of ours is not the provider's.
      data: (bytes) => {
        try {
          take(bytes);
        } catch (error) {
          subscriber.error(error);
        }
      },
      end: () => {
        if (deliver(() => decoder.end())) subscriber.complete();
      },
      error: (error) => subscriber.error(toError(error)),
    });
    return () => {
      if (call.isComplete) drainQuietly(body);
      else body.destroy();
      call.end();
    };
  });
}
