import type { CallContext, ReaderState } from '@mana-llm/llm-providers';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { Observable, type Subscriber } from 'rxjs';
import type { ChunkLog } from './chunk-log.js';
import { readerLimits, ReaderWatch } from './reader-watch.js';

/** What a reader needs of the flight that it is in. */
export interface SharedStream {
  readonly log: ChunkLog;
  /** True while the upstream is held back: its silence is our doing. */
  readonly isPaused: boolean;
  readerLeft(reader: StreamReader, reason?: unknown): void;
  /** A reader that was behind has taken something. */
  readerAdvanced(): void;
}

type Opened = Observable<ChatCompletionChunk>;

/** One reader of a shared stream: its wait for the opening, its position in what was sent, and its pace. */
export class StreamReader {
  readonly opened: Promise<Opened>;
  private readonly watch: ReaderWatch;
  private readonly client: ReaderState | undefined;
  private readonly silenceMs: number;
  private resolve!: (stream: Opened) => void;
  private reject!: (reason: unknown) => void;
  private subscriber: Subscriber<ChatCompletionChunk> | undefined;
  private failure: { reason: unknown } | undefined;
  private taken = 0;
  private isWaiting = false;

  constructor(
    { signal, limits, reader }: CallContext,
    private readonly stream: SharedStream,
  ) {
    this.client = reader;
    this.opened = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const { totalMs, firstTokenMs, idleMs } = readerLimits(limits, 'stream');
    this.silenceMs = idleMs;
    this.watch = new ReaderWatch(signal, (reason) => {
      // Before the error: a subscriber that it ends leaves too, and knows no reason.
      stream.readerLeft(this, reason);
      this.fail(reason);
    });
    this.watch.limit('total', totalMs);
    this.watch.limit('first_token', firstTokenMs);
  }

  /** The next chunk that it takes. */
  get position(): number {
    return this.taken;
  }

  /** True while its client takes nothing. One that has not subscribed yet is about to. */
  get isBehind(): boolean {
    return this.subscriber !== undefined && this.mustWait();
  }

  begin(): void {
    this.watch.begin();
  }

  open(): void {
    this.watch.lift('first_token');
    this.watch.limit('idle', this.silenceMs, () => this.isWaiting || this.stream.isPaused);
    if (this.stream.log.ending !== undefined) this.upstreamEnded();
    this.resolve(
      new Observable((subscriber) => {
        this.attach(subscriber);
        return () => {
          this.watch.end();
          this.stream.readerLeft(this);
        };
      }),
    );
  }

  fail(reason: unknown): void {
    this.watch.end();
    this.failure = { reason };
    this.reject(reason);
    this.subscriber?.error(reason);
  }

  /** Something came from the upstream, or may come again. */
  heard(): void {
    this.watch.refresh('idle');
    this.deliver();
  }

  /** All has come: no clock of the answer runs any more, however long the reader takes for the rest. */
  upstreamEnded(): void {
    this.watch.liftAll();
    this.deliver();
  }

  private attach(subscriber: Subscriber<ChatCompletionChunk>): void {
    if (this.failure !== undefined) return subscriber.error(this.failure.reason);
    this.subscriber = subscriber;
    this.deliver();
    this.stream.readerAdvanced();
  }

  private deliver(): void {
    const { subscriber, stream } = this;
    if (subscriber === undefined) return;
    for (;;) {
      const chunk = stream.log.at(this.taken);
      if (subscriber.closed) return;
      if (chunk === undefined) return stream.log.ending?.(subscriber);
      if (this.mustWait()) return;
      this.taken += 1;
      subscriber.next(chunk);
    }
  }

  private mustWait(): boolean {
    if (this.isWaiting) return true;
    const ready = this.client?.whenReady();
    if (ready === undefined) return false;
    this.isWaiting = true;
    const goOn = (): void => {
      this.isWaiting = false;
      this.heard();
      this.stream.readerAdvanced();
    };
    ready.then(goOn).catch((error: unknown) => {
      this.stream.readerLeft(this, error);
      this.fail(error);
    });
    return true;
  }
}
