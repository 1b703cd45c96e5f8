import { type CallContext, type ReaderState, subscribeGuarded } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { Observable, Subscription } from 'rxjs';
import { ChunkLog, type StreamEnding } from './chunk-log.js';
import type { FlightOptions } from './flight.js';
import { type Pause, pause } from './pause.js';
import { type SharedStream, StreamReader } from './stream-reader.js';

/** Characters of JSON that are kept for readers who join later, and for the cache. */
const MAX_KEPT_LENGTH = 1024 * 1024;

/** Past that, what may wait for the slowest reader before the upstream is paused. */
const MAX_WAITING_LENGTH = 256 * 1024;

type OpenStream = (context: { signal: AbortSignal; reader: ReaderState }) => Promise<Observable<ChatCompletionChunk>>;

export interface StreamFlightOptions extends FlightOptions {
  /** Called with a whole stream before its readers see the end; never with one that broke, was left or outgrew the bound. */
  onComplete: (chunks: readonly ChatCompletionChunk[]) => void;
}

/**
 * One stream that several readers share, each at its own pace; who joins late first gets what was sent before. Like a `Flight`, it
 * is the stream of no one reader, and ends when the last one leaves.
 */
export class StreamFlight implements SharedStream {
  readonly log = new ChunkLog(MAX_KEPT_LENGTH);
  private readonly controller = new AbortController();
  private readonly readers = new Set<StreamReader>();
  private upstream: Subscription | undefined;
  private resume: Pause | undefined;
  private isOpen = false;
  private isClosed = false;
  private hasUpstreamEnded = false;

  private constructor(private readonly options: StreamFlightOptions) {}

  static start(open: OpenStream, options: StreamFlightOptions): StreamFlight {
    const flight = new StreamFlight(options);
    const reader = { whenReady: () => flight.whenReady() };
    new Promise<Observable<ChatCompletionChunk>>((resolve) =>
      resolve(open({ signal: flight.controller.signal, reader })),
    )
      .then((chunks$) => flight.flow(chunks$))
      .catch((error: unknown) => flight.refuse(error));
    return flight;
  }

  /** True once it can be joined no more: it failed, its last reader has left, or what was sent is no longer kept. */
  get isOver(): boolean {
    return this.isClosed;
  }

  get isPaused(): boolean {
    return this.resume !== undefined;
  }

  /** Resolves when the stream is open; the Observable takes one subscription, and unsubscribing leaves the flight. */
  join(context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    if (this.isOver) return Promise.reject(new Error('A flight that is over cannot be joined.'));
    const reader = new StreamReader(context, this);
    this.readers.add(reader);
    reader.begin();
    if (this.isOpen) reader.open();
    return reader.opened;
  }

  readerLeft(reader: StreamReader, reason?: unknown): void {
    if (!this.readers.delete(reader)) return;
    if (this.readers.size === 0) this.abandon(reason);
    this.readerAdvanced();
  }

  readerAdvanced(): void {
    if (this.resume === undefined || this.mustPause()) return;
    this.resume.resolve();
    this.resume = undefined;
    this.tell((reader) => reader.heard());
  }

  private flow(chunks$: Observable<ChatCompletionChunk>): void {
    if (this.isClosed) {
      // Everybody left while it opened: whoever counts the stream still has to see that it was left.
      subscribeGuarded(chunks$, { error: () => undefined }).unsubscribe();
      return;
    }
    this.isOpen = true;
    this.upstream = subscribeGuarded(chunks$, {
      next: (chunk) => this.push(chunk),
      error: (error) => {
        this.close();
        this.end((subscriber) => subscriber.error(error));
      },
      complete: () => {
        if (this.log.isWhole) this.options.onComplete(this.log.chunks);
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
    // Where a mistake of ours is the reason, something may still be at work.
    this.controller.abort(error);
  }

  private push(chunk: ChatCompletionChunk): void {
    this.log.push(chunk);
    if (!this.log.isWhole) {
      this.close();
      this.log.forgetBefore(this.slowestPosition());
    }
    this.tell((reader) => reader.heard());
  }

  private end(ending: StreamEnding): void {
    this.hasUpstreamEnded = true;
    this.log.ending = ending;
    this.tell((reader) => reader.upstreamEnded());
  }

  /** What is thrown on one reader's side ends that reader alone. */
  private tell(say: (reader: StreamReader) => void): void {
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

  private whenReady(): Promise<void> | undefined {
    if (!this.mustPause()) return undefined;
    this.resume ??= pause();
    return this.resume.promise;
  }

  private mustPause(): boolean {
    if (this.readers.size === 0) return false;
    if (!this.log.isWhole && this.log.lengthFrom(this.slowestPosition()) > MAX_WAITING_LENGTH) return true;
    for (const reader of this.readers) if (!reader.isBehind) return false;
    return true;
  }

  private slowestPosition(): number {
    let slowest = Infinity;
    for (const { position } of this.readers) slowest = Math.min(slowest, position);
    return slowest;
  }
}
