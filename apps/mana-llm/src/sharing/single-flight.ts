import { type CallContext, type ReaderState, SharedWork } from '@mana-llm/llm-providers';
import type { Observable } from 'rxjs';
import type { Call, Caller, FrameTarget } from '../call/call.js';
import type { CallRecord } from '../call/call-record.js';
import type { CallerWishes } from '../call/caller-wishes.js';
import { joinWithin, type WaitingReader } from './reader-timers.js';
import { type OpenItems, SharedStream } from './shared-stream.js';
import type { StreamClient } from './stream-reader.js';

export interface Joined<T> {
  value: T;
  /** True for the reader that has started the work, the leader; false for its followers. */
  isLeader: boolean;
}

/** Runs work once for all readers that ask for the same key at the same time, as `Group` of Go's singleflight does. */
export class SingleFlightGroup<T> {
  private readonly running = new Map<string, SharedWork<T>>();

  /** The work that runs for this key. */
  find(key: string): SharedWork<T> | undefined {
    return this.running.get(key);
  }

  /** Starts work for several keys: each of them finds it until it is over. */
  start(keys: readonly string[], work: (signal: AbortSignal) => Promise<T>): SharedWork<T> {
    const started = SharedWork.start(work, () => {
      for (const key of keys) if (this.running.get(key) === started) this.running.delete(key);
    });
    for (const key of keys) this.running.set(key, started);
    return started;
  }

  /** Waits for the work that runs for this key, and starts it where none runs. */
  async join(key: string, reader: WaitingReader, work: (signal: AbortSignal) => Promise<T>): Promise<Joined<T>> {
    const running = this.running.get(key);
    return { value: await joinWithin(running ?? this.start([key], work), reader), isLeader: running === undefined };
  }
}

/** An open stream, and what all its readers are told about it. */
export interface OpenedItems<T, I> {
  items$: Observable<T>;
  info: I;
}

export interface StreamWork<T, I> {
  open: (...context: Parameters<OpenItems<T>>) => Promise<OpenedItems<T, I>>;
  /** Called with all items of a whole stream, before its readers see the end. */
  onComplete: (items: readonly T[]) => void;
}

interface Running<T, I> {
  stream: SharedStream<T>;
  info?: I;
}

/** The same for streams: each reader gets all items, beginning with the first. */
export class StreamFlightGroup<T, I> {
  private readonly running = new Map<string, Running<T, I>>();

  /** `sizeOf`: about how many bytes an item takes; it bounds what is kept. */
  constructor(private readonly sizeOf: (item: T) => number) {}

  /** A stream can be joined until it ends, or until it is too long to be kept. */
  async join(
    key: string,
    reader: StreamClient,
    work: StreamWork<T, I>,
  ): Promise<OpenedItems<T, I> & { isLeader: boolean }> {
    const found = this.running.get(key);
    const running = found ?? this.start(key, work);
    const items$ = await running.stream.join(reader);
    return { items$, info: running.info as I, isLeader: found === undefined };
  }

  private start(key: string, { open, onComplete }: StreamWork<T, I>): Running<T, I> {
    const stream = SharedStream.start<T>(
      async (context) => {
        const { items$, info } = await open(context);
        running.info = info;
        return items$;
      },
      { sizeOf: this.sizeOf, onComplete, onOver: () => this.running.delete(key) },
    );
    const running: Running<T, I> = { stream };
    this.running.set(key, running);
    return running;
  }
}

/** The leader's call with another context. A copy of the call would lose what it reads only when somebody asks. */
class SharedCall implements Call {
  constructor(
    private readonly leader: Call,
    readonly context: CallContext,
  ) {}

  get record(): CallRecord {
    return this.leader.record;
  }

  get caller(): Caller {
    return this.leader.caller;
  }

  get wishes(): CallerWishes {
    return this.leader.wishes;
  }

  get reader(): FrameTarget {
    return this.leader.reader;
  }

  setHeader(name: string, value: string): void {
    this.leader.setHeader(name, value);
  }

  resolved(model: string, attempts: number): void {
    this.leader.resolved(model, attempts);
  }
}

/** The leader's call under the signal of the shared work. It has no limits: each reader keeps its own. */
export function sharedCall(call: Call, signal: AbortSignal, reader?: ReaderState): Call {
  const { requestId } = call.context;
  return new SharedCall(call, reader === undefined ? { requestId, signal } : { requestId, signal, reader });
}
