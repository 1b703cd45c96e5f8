import { FairQueue } from './fair-queue.js';
import type { ListEntry } from './linked-list.js';
import type { Queued } from './rounds.js';

export interface Ranked extends Queued {
  readonly isLowPriority: boolean;
}

/** Two fair queues: nobody of low priority goes before anybody else. */
export class PriorityQueue<T extends Ranked> {
  private readonly normal = new FairQueue<T>();
  private readonly low = new FairQueue<T>();

  get size(): number {
    return this.normal.size + this.low.size;
  }

  get next(): ListEntry<T> | undefined {
    return this.normal.next ?? this.low.next;
  }

  /** The one that makes room for a newcomer in a full queue: first of low priority, then of whoever has more than it. */
  givingWayTo(newcomer: Ranked): ListEntry<T> | undefined {
    if (newcomer.isLowPriority) return this.low.givingWayTo(newcomer);
    return this.low.newestOfLongest ?? this.normal.givingWayTo(newcomer);
  }

  /** How many go before one who comes now, at most, were nobody to come later. */
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

  /** Takes out one who gives up. The entry has to wait here. */
  remove(entry: ListEntry<T>): void {
    this.queueOf(entry.value).remove(entry);
  }

  private queueOf({ isLowPriority }: Ranked): FairQueue<T> {
    return isLowPriority ? this.low : this.normal;
  }
}
