import type { Readable } from 'node:stream';
import { Observable } from 'rxjs';
import { UpstreamError } from '../errors/upstream-error.js';
import type { AnswerLimits } from '../provider-settings.js';
import { drainQuietly } from './drain-quietly.js';
import type { CreateDecoder, ServerEvent } from './server-event.js';
import { UnreadableStreamError } from './unreadable-stream-error.js';
import type { UpstreamCall } from './upstream-call.js';

export interface EventSource {
  provider: string;
  body: Readable;
  call: UpstreamCall;
  limits: AnswerLimits;
  /** What a failure of the body means. */
  toError: (error: unknown) => unknown;
}

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
export function observeEvents(source: EventSource, createDecoder: CreateDecoder): Observable<ServerEvent> {
  const { provider, body, call, limits, toError } = source;
  return new Observable((subscriber) => {
    const decoder = createDecoder(limits.maxBytes);
    let isHeld = false;

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
      isHeld = true;
      call.hold();
      const goOn = (): void => {
        isHeld = false;
        if (subscriber.closed) return;
        call.release();
        readOn();
      };
      ready.then(goOn).catch((error: unknown) => subscriber.error(error));
    };

    // A body has a piece for each chunk of the encoding, often one event: read like this, those that came together are joined.
    const readOn = (): void => {
      while (!isHeld) {
        const bytes = body.read() as Buffer | null;
        if (bytes === null) return;
        call.byteSeen();
        if (!deliver(() => decoder.decode(bytes))) return;
        const ready = call.reader?.whenReady();
        if (ready !== undefined) waitForReader(ready);
      }
    };
    // What a listener throws ends the process.
    const onReadable = (): void => {
      try {
        readOn();
      } catch (error) {
        subscriber.error(error);
      }
    };
    const onEnd = (): void => {
      if (deliver(() => decoder.end())) subscriber.complete();
    };
    const onError = (error: unknown): void => subscriber.error(toError(error));
    // A body that is destroyed without an error of its own (an abort) still has to end the stream.
    const onClose = (): void => subscriber.error(toError(new Error('the body closed before its end')));

    body.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onClose);
    return () => {
      body.off('readable', onReadable).off('end', onEnd).off('close', onClose);
      if (call.isComplete) drainQuietly(body);
      else body.destroy();
      call.end();
    };
  });
}
