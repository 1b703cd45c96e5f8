import { LinkedList, ListEntry, type Queued, type RequestQueue, RoundRobin } from './round-robin.js';

/** First come, first served. */
export class FifoQueue<T> extends LinkedList<T> implements RequestQueue<T> {
  get next(): ListEntry<T> | undefined {
    return this.first;
  }

  get newestOfLongest(): ListEntry<T> | undefined {
    return this.last;
  }

  givingWayTo(): undefined {
    return undefined;
  }

  countAhead(): number {
    return this.size;
  }

  serve(): T | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first?.value;
  }
}

/** A caller has up to so many names, and all further ones share one: a new name for each request wins no turns. */
export const MAX_CALLER_NAMES = 32;

/** By turns among callers, then among the names within each, then first come, first served. Everything takes constant time. */
export class FairQueue<T extends Queued> extends RoundRobin<T> {
  constructor() {
    const openNames = (): RequestQueue<T> =>
      new RoundRobin<T>({
        keyOf: ({ callerName }) => callerName,
        open: () => new FifoQueue<T>(),
        maxQueues: MAX_CALLER_NAMES,
      });
    super({ keyOf: ({ caller }) => caller, open: openNames });
  }

  add(value: T): ListEntry<T> {
    const entry = new ListEntry(value);
    this.append(entry);
    return entry;
  }
}

export interface Ranked extends Queued {
  readonly isLowPriority: boolean;
}

/** Two fair queues: no request of low priority goes before another one. */
export class PriorityQueue<T extends Ranked> {
  private readonly normal = new FairQueue<T>();
  private readonly low = new FairQueue<T>();

  get size(): number {
    return this.normal.size + this.low.size;
  }

  get next(): ListEntry<T> | undefined {
    return this.normal.next ?? this.low.next;
  }

  /** The request that makes room for a newcomer in a full queue: first one of low priority, then one of a caller with more requests than the newcomer's. */
  givingWayTo(newcomer: Ranked): ListEntry<T> | undefined {
    if (newcomer.isLowPriority) return this.low.givingWayTo(newcomer);
    return this.low.newestOfLongest ?? this.normal.givingWayTo(newcomer);
  }

  /** How many go before a request that comes now, at most, if no request came later. */
  countAhead(newcomer: Ranked): number {
    const { normal, low } = this;
    return newcomer.isLowPriority ? normal.size + low.countAhead(newcomer) : normal.countAhead(newcomer);
  }

  add(value: T): ListEntry<T> {
    return this.queueOf(value).add(value);
  }

  /** Takes the next one out: its caller has had its turn. */
  serve(): T | undefined {
    return this.normal.serve() ?? this.low.serve();
  }

  /** Takes out a request that gives up. The entry has to wait here. */
  remove(entry: ListEntry<T>): void {
    this.queueOf(entry.value).remove(entry);
  }

  private queueOf({ isLowPriority }: Ranked): FairQueue<T> {
    return isLowPriority ? this.low : this.normal;
  }
}
