import type { Subscriber } from 'rxjs';

/** Tells a subscriber how the stream ended: complete, or an error. */
export type StreamEnding<T> = (subscriber: Subscriber<T>) => void;

/**
 * The items that a stream has sent, kept once for all its readers; each reader has a position in it. The log is whole until it has
 * grown past its bound. From then on it drops the items that every reader has taken.
 */
export class SharedLog<T> {
  /** Set when the stream has ended, to be told after the last item. */
  ending: StreamEnding<T> | undefined;
  private readonly kept: T[] = [];
  /** The size of everything that came before each kept item. */
  private readonly startsAt: number[] = [];
  private first = 0;
  private size = 0;

  constructor(
    private readonly maxSize: number,
    private readonly sizeOf: (item: T) => number,
  ) {}

  get isWhole(): boolean {
    return this.size <= this.maxSize;
  }

  /** All items, while the log is whole. */
  get items(): readonly T[] {
    return this.kept;
  }

  push(item: T): void {
    this.kept.push(item);
    this.startsAt.push(this.size);
    this.size += this.sizeOf(item);
  }

  at(position: number): T | undefined {
    return this.kept[position - this.first];
  }

  /** The size of all that a reader at this position has not taken. */
  sizeFrom(position: number): number {
    return this.size - (this.startsAt[position - this.first] ?? this.size);
  }

  dropBefore(position: number): void {
    const count = position - this.first;
    if (count === 0) return;
    this.kept.splice(0, count);
    this.startsAt.splice(0, count);
    this.first = position;
  }
}

/**
 * The size of an item that is JSON: about as many characters as its text has. Escapes are not counted, and every number is taken to
 * be short.
 */
export function jsonSize(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length + 2;
    case 'object':
      if (value === null) return 4;
      return Array.isArray(value) ? listSize(value) : fieldsSize(value as Record<string, unknown>);
    case 'undefined':
      return 0;
    default:
      return 8;
  }
}

function listSize(values: unknown[]): number {
  let size = 2;
  for (const value of values) size += jsonSize(value) + 1;
  return size;
}

function fieldsSize(fields: Record<string, unknown>): number {
  let size = 2;
  // Values of JSON inherit nothing that is enumerable, and for...in makes no list of them.
  for (const name in fields) size += name.length + 4 + jsonSize(fields[name]);
  return size;
}

/** How much may wait for the slowest reader of a log that is no longer whole, before the upstream is paused. */
const MAX_WAITING_SIZE = 256 * 1024;

export interface PacedReader {
  /** The next item that it takes. */
  readonly position: number;
  /** True while its client takes nothing. */
  readonly isBehind: boolean;
}

interface Pause {
  promise: Promise<void>;
  resolve: () => void;
}

function startPause(): Pause {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((resume) => {
    resolve = resume;
  });
  return { promise, resolve };
}

/** Pauses the upstream of a shared stream while every reader is behind, or too much waits for the slowest one. */
export class Backpressure {
  private pause: Pause | undefined;

  constructor(
    private readonly log: Pick<SharedLog<unknown>, 'isWhole' | 'sizeFrom'>,
    private readonly readers: ReadonlySet<PacedReader>,
  ) {}

  get isPaused(): boolean {
    return this.pause !== undefined;
  }

  /** Undefined where the upstream may send at once; otherwise resolves when it may. */
  whenReady(): Promise<void> | undefined {
    if (!this.mustPause()) return undefined;
    this.pause ??= startPause();
    return this.pause.promise;
  }

  /** Ends a pause that is needed no more; true where it has ended one. */
  tryResume(): boolean {
    if (this.pause === undefined || this.mustPause()) return false;
    this.pause.resolve();
    this.pause = undefined;
    return true;
  }

  slowestPosition(): number {
    let slowest = Infinity;
    for (const { position } of this.readers) slowest = Math.min(slowest, position);
    return slowest;
  }

  private mustPause(): boolean {
    if (this.readers.size === 0) return false;
    if (!this.log.isWhole && this.log.sizeFrom(this.slowestPosition()) > MAX_WAITING_SIZE) return true;
    for (const reader of this.readers) if (!reader.isBehind) return false;
    return true;
  }
}
