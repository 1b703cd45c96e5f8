import { Deadline, subscribeGuarded, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import type { OpenedStream } from '../../answers/answer.service.js';
import { CLIENT_FIRST_MS } from '../../call/caller-wishes.js';
import type { Call, SseEvent, SseFrame } from '../../call/call.js';
import { gatewayConfig } from '../../config/load-configuration.js';
import { isDrain } from '../../drain/drain-state.js';
import { loggedErrorCode, toFailure } from '../../errors/to-failure.js';
import { SecretRedactor } from '../../logging/secret-redactor.js';
import type { StreamEnd } from '../../metrics/metric-names.js';
import type { ErrorRenderer } from './error-renderer.js';

/** A comment frame: clients ignore it, proxies and balancers see that the connection lives. */
const PING: SseEvent = { comment: 'ping' };

const logger = new Logger('EventStream');

/** What a surface makes of a stream. */
export interface StreamForm<T> {
  /** Sends the frames of one item; an item may have none. */
  toFrames: (item: T, send: (frame: SseFrame) => void) => void;
  errors: ErrorRenderer;
}

export interface EventStreamOptions<T> extends StreamForm<T> {
  /** The longest time between two frames. Comments do not count. */
  maxSilenceMs: number;
  /** A comment is sent whenever nothing was sent for so long; 0: never. */
  heartbeatMs: number;
  /** What an error must not show, though its provider quotes it. */
  secrets: SecretRedactor;
}

function endOf(error: unknown): StreamEnd {
  if (isDrain(error)) return 'drained';
  if (error instanceof UpstreamError) return error.kind === 'timeout' ? 'timeout' : 'upstream_error';
  return error instanceof ApiError ? 'upstream_error' : 'gateway_error';
}

/** An official client measures the silence of a stream itself: its clock ends first. */
function holdMsOf(error: unknown): number {
  return error instanceof UpstreamError && error.isCallersLimit && error.phase === 'idle' ? CLIENT_FIRST_MS : 0;
}

/** One stream on its way to one client. */
class SentStream<T> {
  private readonly deadline = new Deadline(() => this.look());
  private lastFrameAtMs = performance.now();
  /** A frame or a comment. */
  private lastSentAtMs = this.lastFrameAtMs;
  private hold: NodeJS.Timeout | undefined;
  private source: Subscription | undefined;

  constructor(
    private readonly subscriber: Subscriber<SseEvent>,
    private readonly call: Call,
    private readonly options: EventStreamOptions<T>,
  ) {
    this.deadline.set(this.nextLookAtMs());
    subscriber.add(() => this.stopClocks());
  }

  read(items$: Observable<T>): void {
    const { toFrames, errors } = this.options;
    this.source = subscribeGuarded(items$, {
      next: (item) => toFrames(item, this.send),
      error: (error) => this.failInTime(error),
      complete: () => {
        for (const frame of errors.streamEnd) this.subscriber.next(frame);
        this.call.record.end = 'complete';
        this.subscriber.complete();
      },
    });
    this.subscriber.add(this.source);
  }

  private readonly send = (frame: SseFrame): void => {
    this.lastFrameAtMs = performance.now();
    this.lastSentAtMs = this.lastFrameAtMs;
    this.subscriber.next(frame);
  };

  private nextLookAtMs(): number {
    const { maxSilenceMs, heartbeatMs } = this.options;
    const heartbeatAtMs = heartbeatMs === 0 ? Infinity : this.lastSentAtMs + heartbeatMs;
    return Math.min(this.lastFrameAtMs + maxSilenceMs, heartbeatAtMs);
  }

  private look(): void {
    const { maxSilenceMs, heartbeatMs } = this.options;
    const nowMs = performance.now();
    if (nowMs >= this.lastFrameAtMs + maxSilenceMs) {
      if (this.call.reader.whenReady() === undefined) return this.onSilence();
      this.lastFrameAtMs = nowMs;
    }
    if (heartbeatMs !== 0 && nowMs >= this.lastSentAtMs + heartbeatMs) {
      this.lastSentAtMs = nowMs;
      this.subscriber.next(PING);
    }
    if (!this.subscriber.closed) this.deadline.set(this.nextLookAtMs());
  }

  private onSilence(): void {
    this.source?.unsubscribe();
    const { maxSilenceMs } = this.options;
    this.fail(
      new Error(`The stream had no frame for ${maxSilenceMs} ms, and no timeout of its provider has ended it.`),
    );
  }

  private failInTime(error: unknown): void {
    const holdMs = holdMsOf(error);
    if (holdMs === 0) return this.fail(error);
    this.stopClocks();
    this.hold = setTimeout(() => this.fail(error), holdMs);
  }

  private fail(error: unknown): void {
    // The client has left: nobody reads an error.
    if (error === this.call.context.signal.reason && !isDrain(error)) return this.subscriber.complete();
    try {
      this.tell(error);
    } catch (thrown) {
      this.call.record.end = 'gateway_error';
      this.subscriber.error(thrown);
    }
  }

  private tell(error: unknown): void {
    const { call, options, subscriber } = this;
    const failure = toFailure(error, options.secrets.redact);
    call.record.end = endOf(error);
    call.record.errorCode = loggedErrorCode(error, failure);
    for (const frame of options.errors.lastFrames(failure)) subscriber.next(frame);
    subscriber.complete();
    // What nobody foresaw is told to the log alone.
    if (failure.status === 500) logger.error(error instanceof Error ? error : new Error(String(error)));
  }

  private stopClocks(): void {
    this.deadline.stop();
    clearTimeout(this.hold);
  }
}

/**
 * The frames of a stream: the outermost part, around everything of ours that may throw. It ends once, whole or with an error in the
 * surface's own shape, and the record says which. An error that reached Nest would be sent as plain text, which official clients
 * cannot read.
 *
 * No provider takes longer than `maxSilenceMs` for its next frame: its timeouts would end the stream. A stream that takes longer while
 * its client reads has lost its end inside the gateway, and is ended here.
 */
export function eventStream<T>(
  items$: Observable<T>,
  call: Call,
  options: EventStreamOptions<T>,
): Observable<SseEvent> {
  return new Observable((subscriber) => new SentStream(subscriber, call, options).read(items$));
}

/** Sends opened streams to their clients. */
@Injectable()
export class EventStreams {
  constructor(
    @Inject(gatewayConfig.KEY) private readonly config: ConfigType<typeof gatewayConfig>,
    private readonly secrets: SecretRedactor,
  ) {}

  /** For a handler with `@StreamAnswer` to return: tells Nest how the stream ends. */
  send<T>(call: Call, { items$, maxSilenceMs }: OpenedStream<T>, form: StreamForm<T>): Observable<never> {
    const { heartbeatMs } = this.config;
    return call.reader.write(eventStream(items$, call, { ...form, maxSilenceMs, heartbeatMs, secrets: this.secrets }));
  }
}
