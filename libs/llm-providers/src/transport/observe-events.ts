import { Observable, type Subscriber } from 'rxjs';
import { type EventDecoder, type ServerEvent, UnreadableStreamError } from '@mana-llm/event-streams';
import { UpstreamError } from '../errors/upstream-error.js';
import type { AnswerLimits } from '../provider-settings.js';
import { type AnswerBody, type BodyReader, drainQuietly } from './answer-body.js';
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

/** Decodes a body for one subscriber. */
class EventReader implements BodyReader {
  private isBegun = false;

  constructor(
    private readonly source: EventSource,
    private readonly decoder: EventDecoder,
    private readonly subscriber: Subscriber<ServerEvent>,
  ) {}

  data(bytes: Buffer): void {
    try {
      this.take(bytes);
    } catch (error) {
      // A mistake of ours is not the provider's.
      this.subscriber.error(error);
    }
  }

  end(): void {
    if (this.deliver(undefined)) this.subscriber.complete();
  }

  error(error: unknown): void {
    this.subscriber.error(this.source.toError(error));
  }

  /** The subscriber has left, or all is delivered. */
  stop(): void {
    const { body, call } = this.source;
    if (call.isComplete) drainQuietly(body);
    else body.destroy();
    call.end();
  }

  private take(bytes: Buffer): void {
    const { call } = this.source;
    call.byteSeen();
    if (this.isBegun || bytes.length <= HEAD_BYTES) {
      this.isBegun = true;
      if (!this.deliver(bytes)) return;
    } else {
      this.isBegun = true;
      if (!this.deliver(bytes.subarray(0, HEAD_BYTES)) || !this.deliver(bytes.subarray(HEAD_BYTES))) return;
    }
    const ready = call.reader?.whenReady();
    if (ready !== undefined) this.waitForReader(ready);
  }

  /** Gives the events of some bytes, or those of the end. False: the subscriber takes no more. */
  private deliver(bytes: Uint8Array | undefined): boolean {
    const { subscriber, decoder } = this;
    let events: ServerEvent[];
    let failure: unknown;
    try {
      events = bytes === undefined ? decoder.end() : decoder.decode(bytes);
    } catch (thrown) {
      failure = thrown;
      // Those before the place where it cannot be read are given too.
      events = thrown instanceof UnreadableStreamError ? thrown.events : [];
    }
    for (const event of events) {
      if (subscriber.closed) return false;
      subscriber.next(event);
    }
    if (failure !== undefined && !subscriber.closed) subscriber.error(this.unreadable(failure));
    return !subscriber.closed;
  }

  private waitForReader(ready: Promise<void>): void {
    const { body, call } = this.source;
    body.pause();
    call.hold();
    const goOn = (): void => {
      if (this.subscriber.closed) return;
      call.release();
      body.resume();
    };
    ready.then(goOn).catch((error: unknown) => this.subscriber.error(error));
  }

  private unreadable(cause: unknown): UpstreamError {
    const { provider } = this.source;
    return new UpstreamError(`${provider} sent a stream that cannot be read.`, {
      provider,
      kind: 'bad_response',
      cause,
    });
  }
}

/**
 * The events of a body as they come. The body is held back while the call's reader is behind; unsubscribing destroys it,
 * unless the call is complete: then the connection is left to end by itself and is used again.
 */
export function observeEvents(source: EventSource, decoder: EventDecoder): Observable<ServerEvent> {
  return new Observable((subscriber) => {
    const reader = new EventReader(source, decoder, subscriber);
    source.body.read(reader);
    return () => reader.stop();
  });
}
