import { type RefusalReason, WaiterMoved } from './admission-queue.js';
import { MAX_TIMER_MS } from '../../sharing/reader-timers.js';
import type { ListEntry } from './round-robin.js';
import { PriorityQueue, type Ranked } from './priority-queue.js';

/** How long a request waits. */
export interface WaitLimit {
  signal: AbortSignal;
  /** Epoch ms. */
  deadlineAtMs?: number | undefined;
}

export interface WaitLimitWatch {
  nowMs: () => number;
  onAbort: () => void;
  onDeadline: () => void;
}

/** Calls back at the abort and at the deadline of a waiting request. Returns the function that removes the listener and the timer. */
export function watchWaitLimit(
  { signal, deadlineAtMs }: WaitLimit,
  { nowMs, onAbort, onDeadline }: WaitLimitWatch,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const setTimer = (atMs: number): void => {
    // A longer timer would fire at once, and a timer may fire a little before the clock says so.
    const leftMs = Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(atMs - nowMs())));
    timer = setTimeout(() => (nowMs() < atMs ? setTimer(atMs) : onDeadline()), leftMs);
  };
  if (deadlineAtMs !== undefined) setTimer(deadlineAtMs);
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}

export type WaitingRequest = Ranked & WaitLimit;

export interface WaitingListOptions {
  nowMs: () => number;
  toRefusal: (reason: RefusalReason, request: Ranked) => Error;
  /** A request was aborted, or its deadline has passed. */
  onLeft: () => void;
}

type Waiter<Place, Request> = Request & {
  cameAtMs: number;
  resolve(place: Place): void;
  reject(error: Error): void;
  stopWatching(): void;
};

/** The requests that wait for a place. Each gets one, is refused, or leaves: once, with no timer or listener left behind. */
export class WaitingList<Place, Request extends WaitingRequest = WaitingRequest> {
  private readonly waiters = new PriorityQueue<Waiter<Place, Request>>();

  constructor(private readonly options: WaitingListOptions) {}

  get size(): number {
    return this.waiters.size;
  }

  /** Whether a waiting request has to make room for this one where no more may wait. */
  canGiveWayTo(request: Ranked): boolean {
    return this.waiters.givingWayTo(request) !== undefined;
  }

  /** How many go before a request that comes now, at most. */
  countAhead(request: Ranked): number {
    return this.waiters.countAhead(request);
  }

  wait(request: Request): Promise<Place> {
    return new Promise((resolve, reject) => {
      const { nowMs, onLeft } = this.options;
      const stopWatching = watchWaitLimit(request, {
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

  /** Gives a place to the next request that still waits. False: there is none. */
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

  /** Sends the next request to another queue, if it can go there. */
  moveNextWaiter(canGo: (request: Request) => boolean): boolean {
    const { next } = this.waiters;
    if (next === undefined || !canGo(next.value)) return false;
    this.dismiss(next).reject(new WaiterMoved());
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
