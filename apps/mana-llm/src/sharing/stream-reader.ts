import type { CallContext, ReaderState } from '@mana-llm/llm-providers';
import { Observable, type Subscriber } from 'rxjs';
import { readerLimits, ReaderTimers } from './reader-timers.js';
import type { SharedLog } from './shared-log.js';

/** A client that waits for a shared stream: its signal, its limits, and how fast it reads. */
export type StreamClient = Pick<CallContext, 'signal' | 'limits' | 'reader'>;

/** What a reader needs of the stream that it reads. */
export interface LoggedStream<T> {
  readonly log: SharedLog<T>;
  /** True while the gateway pauses the upstream: then no item can come. */
  readonly isPaused: boolean;
  readerLeft(reader: StreamReader<T>, reason?: unknown): void;
  /** A reader that was behind has taken something. */
  readerAdvanced(): void;
}

/** One reader of a shared stream: its wait for the opening, its position in the log, and its pace. */
export class StreamReader<T> {
  readonly opened: Promise<Observable<T>>;
  private readonly timers: ReaderTimers;
  private readonly client: ReaderState | undefined;
  private readonly idleMs: number;
  private resolve!: (items$: Observable<T>) => void;
  private reject!: (reason: unknown) => void;
  private subscriber: Subscriber<T> | undefined;
  private failure: { reason: unknown } | undefined;
  private taken = 0;
  private isWaiting = false;

  constructor(
    { signal, limits, reader }: StreamClient,
    private readonly stream: LoggedStream<T>,
  ) {
    this.client = reader;
    this.opened = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const { totalMs, firstTokenMs, idleMs } = readerLimits(limits, 'stream');
    this.idleMs = idleMs;
    this.timers = new ReaderTimers(signal, (reason) => {
      // Before the error: a subscriber that gets an error unsubscribes, and that gives no reason.
      stream.readerLeft(this, reason);
      this.fail(reason);
    });
    this.timers.start('total', totalMs);
    this.timers.start('first_token', firstTokenMs);
  }

  /** The next item that it takes. */
  get position(): number {
    return this.taken;
  }

  /** True while its client takes nothing. A reader that has not subscribed yet is not behind: it is about to subscribe. */
  get isBehind(): boolean {
    return this.subscriber !== undefined && this.mustWait();
  }

  listen(): void {
    this.timers.listen();
  }

  open(): void {
    this.timers.stop('first_token');
    this.timers.start('idle', this.idleMs, () => this.isWaiting || this.stream.isPaused);
    if (this.stream.log.ending !== undefined) this.upstreamEnded();
    this.resolve(
      new Observable((subscriber) => {
        this.attach(subscriber);
        return () => {
          this.timers.end();
          this.stream.readerLeft(this);
        };
      }),
    );
  }

  fail(reason: unknown): void {
    this.timers.end();
    this.failure = { reason };
    this.reject(reason);
    this.subscriber?.error(reason);
  }

  /** An item came from the upstream, or a pause of it has ended. */
  upstreamActive(): void {
    this.timers.restart('idle');
    this.deliver();
  }

  /** All items have come: no timer runs any more, however slowly the reader takes the rest. */
  upstreamEnded(): void {
    this.timers.stopAll();
    this.deliver();
  }

  private attach(subscriber: Subscriber<T>): void {
    if (this.failure !== undefined) return subscriber.error(this.failure.reason);
    this.subscriber = subscriber;
    this.deliver();
    this.stream.readerAdvanced();
  }

  private deliver(): void {
    const { subscriber, stream } = this;
    if (subscriber === undefined) return;
    for (;;) {
      const item = stream.log.at(this.taken);
      if (subscriber.closed) return;
      if (item === undefined) return stream.log.ending?.(subscriber);
      if (this.mustWait()) return;
      this.taken += 1;
      subscriber.next(item);
    }
  }

  private mustWait(): boolean {
    if (this.isWaiting) return true;
    const ready = this.client?.whenReady();
    if (ready === undefined) return false;
    this.isWaiting = true;
    const resume = (): void => {
      this.isWaiting = false;
      this.upstreamActive();
      this.stream.readerAdvanced();
    };
    ready.then(resume).catch((error: unknown) => {
      this.stream.readerLeft(this, error);
      this.fail(error);
    });
    return true;
  }
}
