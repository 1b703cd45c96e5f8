/** A value's place in a list; it stands in one list at a time. */
export class ListEntry<T> {
  previous: ListEntry<T> | undefined;
  next: ListEntry<T> | undefined;

  constructor(readonly value: T) {}
}

/** A list whose entries come at the end and leave from anywhere, in constant time. */
export class LinkedList<T> {
  private head: ListEntry<T> | undefined;
  private tail: ListEntry<T> | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get first(): ListEntry<T> | undefined {
    return this.head;
  }

  get last(): ListEntry<T> | undefined {
    return this.tail;
  }

  append(entry: ListEntry<T>): void {
    entry.previous = this.tail;
    if (this.tail === undefined) this.head = entry;
    else this.tail.next = entry;
    this.tail = entry;
    this.count += 1;
  }

  /** The entry has to stand in this list. */
  remove(entry: ListEntry<T>): void {
    const { previous, next } = entry;
    if (previous === undefined) this.head = next;
    else previous.next = next;
    if (next === undefined) this.tail = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    this.count -= 1;
  }
}

export interface Queued {
  /** The caller, as it was checked. */
  readonly caller: string;
  /** The name that the caller gives itself. */
  readonly callerName?: string;
}

/** Some waiting requests. `newcomer` is a request that does not wait yet. */
export interface Line<T> {
  readonly size: number;
  readonly next: ListEntry<T> | undefined;
  readonly newestOfLongest: ListEntry<T> | undefined;
  givingWayTo(newcomer: Queued): ListEntry<T> | undefined;
  countAhead(newcomer: Queued): number;
  append(entry: ListEntry<T>): void;
  serve(): T | undefined;
  remove(entry: ListEntry<T>): void;
}

/** First come, first served. */
export class Arrivals<T> implements Line<T> {
  private readonly waiting = new LinkedList<T>();

  get size(): number {
    return this.waiting.size;
  }

  get next(): ListEntry<T> | undefined {
    return this.waiting.first;
  }

  get newestOfLongest(): ListEntry<T> | undefined {
    return this.waiting.last;
  }

  givingWayTo(): undefined {
    return undefined;
  }

  countAhead(): number {
    return this.size;
  }

  append(entry: ListEntry<T>): void {
    this.waiting.append(entry);
  }

  serve(): T | undefined {
    const entry = this.waiting.first;
    if (entry !== undefined) this.waiting.remove(entry);
    return entry?.value;
  }

  remove(entry: ListEntry<T>): void {
    this.waiting.remove(entry);
  }
}
