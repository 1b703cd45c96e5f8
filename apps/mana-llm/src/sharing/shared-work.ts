import type { CallContext, ReaderState } from '@mana-llm/llm-providers';
import type { CallRecord } from '../call/call-record.js';
import type { CallerWishes } from '../call/caller-wishes.js';
import type { Caller, FrameTarget, Call } from '../call/call.js';
import { readerLimits, ReaderTimers, type WaitingReader } from './reader-timers.js';

interface Waiting<T> {
  timers: ReaderTimers;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

/**
 * One piece of work that several readers wait for. It has an abort signal of its own: a reader that leaves, the first one too, only
 * stops waiting, and the work is aborted when the last reader has left.
 */
export class SharedWork<T> {
  private readonly controller = new AbortController();
  private readonly waiting = new Set<Waiting<T>>();
  private hasEnded = false;

  private constructor(private readonly onOver: () => void) {}

  /** `onOver` is called once, when no reader can join any more. */
  static start<T>(work: (signal: AbortSignal) => Promise<T>, onOver: () => void = () => undefined): SharedWork<T> {
    const shared = new SharedWork<T>(onOver);
    new Promise<T>((resolve) => resolve(work(shared.controller.signal))).then(
      (value) => shared.settle((reader) => reader.resolve(value)),
      (error: unknown) => shared.settle((reader) => reader.reject(error)),
    );
    return shared;
  }

  /** True once the work has ended, or its last reader has left. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /** What the work gives, or its error. A reader that leaves first gets its own reason, and a timeout at its own limit. */
  join({ signal, limits }: WaitingReader): Promise<T> {
    if (this.isOver) return Promise.reject(new Error('Work that is over cannot be joined.'));
    return new Promise<T>((resolve, reject) => {
      const timers = new ReaderTimers(signal, (reason) => this.leave(reader, reason));
      const reader: Waiting<T> = { timers, resolve, reject };
      this.waiting.add(reader);
      timers.start('total', readerLimits(limits, 'buffered').totalMs);
      timers.listen();
    });
  }

  private settle(end: (reader: Waiting<T>) => void): void {
    if (this.hasEnded) return;
    this.end();
    for (const reader of this.waiting) {
      reader.timers.end();
      end(reader);
    }
    this.waiting.clear();
  }

  private leave(reader: Waiting<T>, reason: unknown): void {
    this.waiting.delete(reader);
    reader.reject(reason);
    if (this.waiting.size > 0) return;
    this.end();
    this.controller.abort(reason);
  }

  private end(): void {
    this.hasEnded = true;
    this.onOver();
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
