import type { RefusalReason } from './admission-refusal.js';
import { CalledAway } from './called-away.js';
import type { ListEntry } from './linked-list.js';
import { PriorityQueue, type Ranked } from './priority-queue.js';
import { type Patience, watchPatience } from './watch-patience.js';

export type WaitingRequest = Ranked & Patience;

export interface WaitingRoomOptions {
  nowMs: () => number;
  toRefusal: (reason: RefusalReason, request: Ranked) => Error;
  /** Somebody has left by itself. */
  onLeft: () => void;
}

type Waiter<Place, Request> = Request & {
  cameAtMs: number;
  resolve(place: Place): void;
  reject(error: Error): void;
  stopWatching(): void;
};

/** Those who wait for a place. Each of them gets one, is refused, or leaves: once, with no timer or listener left behind. */
export class WaitingRoom<Place, Request extends WaitingRequest = WaitingRequest> {
  private readonly waiters = new PriorityQueue<Waiter<Place, Request>>();

  constructor(private readonly options: WaitingRoomOptions) {}

  get size(): number {
    return this.waiters.size;
  }

  /** Whether one who waits has to make room for the request where no more may wait. */
  canGiveWayTo(request: Ranked): boolean {
    return this.waiters.givingWayTo(request) !== undefined;
  }

  /** How many go before one who comes now, at most. */
  countAhead(request: Ranked): number {
    return this.waiters.countAhead(request);
  }

  wait(request: Request): Promise<Place> {
    return new Promise((resolve, reject) => {
      const { nowMs, onLeft } = this.options;
      const stopWatching = watchPatience(request, {
        nowMs,
        onAbort: () => {
          this.dismiss(entry).reject(request.signal.reason as Error);
          onLeft();
        },
        onDeadline: () => {
          this.refuse(entry, 'queue_timeout');
          onLeft();
        },
      });
      const entry = this.waiters.add({ ...request, cameAtMs: nowMs(), resolve, reject, stopWatching });
    });
  }

  /** Refuses the one that has to make room for the request. */
  giveWayTo(request: Ranked): void {
    const entry = this.waiters.givingWayTo(request);
    if (entry !== undefined) this.refuse(entry, 'queue_full');
  }

  /** Gives a place to the next one who still wants it. False: there is none. */
  letNextIn(toPlace: (waitedMs: number) => Place): boolean {
    const nowMs = this.options.nowMs();
    for (let next = this.waiters.next; next !== undefined; next = this.waiters.next) {
      const { signal, deadlineAtMs = Infinity, cameAtMs } = next.value;
      // Its listener or its timer may not have run yet.
      if (signal.aborted) this.dismiss(next).reject(signal.reason as Error);
      else if (deadlineAtMs < nowMs) this.refuse(next, 'queue_timeout');
      else {
        this.waiters.serve();
        next.value.stopWatching();
        next.value.resolve(toPlace(Math.max(0, nowMs - cameAtMs)));
        return true;
      }
    }
    return false;
  }

  /** Sends the next one to another place, where it can go there. */
  callAway(canGo: (request: Request) => boolean): boolean {
    const { next } = this.waiters;
    if (next === undefined || !canGo(next.value)) return false;
    this.dismiss(next).reject(new CalledAway());
    return true;
  }

  private refuse(entry: ListEntry<Waiter<Place, Request>>, reason: RefusalReason): void {
    const waiter = this.dismiss(entry);
    waiter.reject(this.options.toRefusal(reason, waiter));
  }

  private dismiss(entry: ListEntry<Waiter<Place, Request>>): Waiter<Place, Request> {
    this.waiters.remove(entry);
    entry.value.stopWatching();
    return entry.value;
  }
}
