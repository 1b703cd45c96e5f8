import { type ReaderState, subscribeGuarded } from '@mana-llm/llm-providers';
import type { Observable, Subscription } from 'rxjs';
import { Backpressure, SharedLog, type StreamEnding } from './shared-log.js';
import { type LoggedStream, type StreamClient, StreamReader } from './stream-reader.js';

/** How much is kept for readers that join later, and for the cache. */
const MAX_KEPT_SIZE = 1024 * 1024;

/** Opens the stream that is shared. It sends at the pace of `reader`, and stops when `signal` is aborted. */
export type OpenItems<T> = (context: { signal: AbortSignal; reader: ReaderState }) => Promise<Observable<T>>;

export interface SharedStreamOptions<T> {
  /** About how many bytes an item takes. */
  sizeOf: (item: T) => number;
  /** Called with all items before the readers see the end. Not called for a stream that broke, was left, or is too long to keep. */
  onComplete: (items: readonly T[]) => void;
  /** Called once, when no reader can join any more. */
  onOver?: () => void;
}

/**
 * One stream that several readers share, each at its own pace. A reader that joins late first gets the items that were sent before.
 * The stream ends when its last reader has left, and not when the reader that opened it leaves.
 */
export class SharedStream<T> implements LoggedStream<T> {
  readonly log: SharedLog<T>;
  private readonly controller = new AbortController();
  private readonly readers = new Set<StreamReader<T>>();
  private readonly backpressure: Backpressure;
  private upstream: Subscription | undefined;
  private isOpen = false;
  private isClosed = false;
  private hasUpstreamEnded = false;

  private constructor(private readonly options: SharedStreamOptions<T>) {
    this.log = new SharedLog(MAX_KEPT_SIZE, options.sizeOf);
    this.backpressure = new Backpressure(this.log, this.readers);
  }

  static start<T>(open: OpenItems<T>, options: SharedStreamOptions<T>): SharedStream<T> {
    const stream = new SharedStream<T>(options);
    const { controller, backpressure } = stream;
    new Promise<Observable<T>>((resolve) => resolve(open({ signal: controller.signal, reader: backpressure })))
      .then((items$) => stream.connect(items$))
      .catch((error: unknown) => stream.refuse(error));
    return stream;
  }

  /** True once no reader can join: the stream failed, its last reader has left, or it is too long to be kept. */
  get isOver(): boolean {
    return this.isClosed;
  }

  get isPaused(): boolean {
    return this.backpressure.isPaused;
  }

  /** Resolves when the stream is open. The Observable takes one subscription; a reader leaves when it unsubscribes. */
  join(client: StreamClient): Promise<Observable<T>> {
    if (this.isOver) return Promise.reject(new Error('A stream that is over cannot be joined.'));
    const reader = new StreamReader(client, this);
    this.readers.add(reader);
    reader.listen();
    if (this.isOpen) reader.open();
    return reader.opened;
  }

  readerLeft(reader: StreamReader<T>, reason?: unknown): void {
    if (!this.readers.delete(reader)) return;
    if (this.readers.size === 0) this.abandon(reason);
    this.readerAdvanced();
  }

  readerAdvanced(): void {
    if (this.backpressure.tryResume()) this.tell((reader) => reader.upstreamActive());
  }

  private connect(items$: Observable<T>): void {
    if (this.isClosed) {
      // All readers left while it opened. It is subscribed all the same, so that it is counted as a stream that was left.
      subscribeGuarded(items$, { error: () => undefined }).unsubscribe();
      return;
    }
    this.isOpen = true;
    this.upstream = subscribeGuarded(items$, {
      next: (item) => this.push(item),
      error: (error) => {
        this.close();
        this.end((subscriber) => subscriber.error(error));
      },
      complete: () => {
        if (this.log.isWhole) this.options.onComplete(this.log.items);
        this.end((subscriber) => subscriber.complete());
      },
    });
    this.tell((reader) => reader.open());
  }

  private refuse(error: unknown): void {
    this.hasUpstreamEnded = true;
    this.close();
    this.tell((reader) => reader.fail(error));
    this.readers.clear();
    // Where the reason is a mistake of ours, the upstream may still be sending.
    this.controller.abort(error);
  }

  private push(item: T): void {
    this.log.push(item);
    if (!this.log.isWhole) {
      this.close();
      this.log.dropBefore(this.backpressure.slowestPosition());
    }
    this.tell((reader) => reader.upstreamActive());
  }

  private end(ending: StreamEnding<T>): void {
    this.hasUpstreamEnded = true;
    this.log.ending = ending;
    this.tell((reader) => reader.upstreamEnded());
  }

  /** An error that is thrown on the side of one reader ends that reader alone. */
  private tell(say: (reader: StreamReader<T>) => void): void {
    for (const reader of this.readers) {
      try {
        say(reader);
      } catch (error) {
        this.readerLeft(reader, error);
        reader.fail(error);
      }
    }
  }

  /** The last reader has left. */
  private abandon(reason: unknown): void {
    this.close();
    if (this.hasUpstreamEnded) return;
    // Unsubscribed first: then a stream that is left does not look like one that broke.
    this.upstream?.unsubscribe();
    this.controller.abort(reason);
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.options.onOver?.();
  }
}
