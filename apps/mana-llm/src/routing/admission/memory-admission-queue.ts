import {
  type AdmissionLimits,
  type AdmissionPlace,
  type AdmissionQueue,
  AdmissionRefusal,
  type AdmissionRequest,
  type RefusalReason,
} from './admission-queue.js';
import type { Ranked } from './priority-queue.js';
import { WaitingList } from './waiting-list.js';

const NEWEST_WEIGHT = 0.2;
const UNMEASURED_RETRY_MS = 1000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 60_000;

/** Of a request in a queue. */
export interface QueuePosition {
  ahead: number;
  /** How many are served at once; 0: no limit. */
  places: number;
}

/** How long a place is held, as a moving average, and what follows from it for waiting requests. */
export class ServiceTime {
  private meanMs: number | undefined;

  measured(tookMs: number): void {
    this.meanMs = this.meanMs === undefined ? tookMs : this.meanMs + (tookMs - this.meanMs) * NEWEST_WEIGHT;
  }

  /** 0 while nothing is measured. */
  expectedWaitMs({ ahead, places }: QueuePosition): number {
    return places === 0 ? 0 : ((ahead + 1) * (this.meanMs ?? 0)) / places;
  }

  retryAfterMs(position: QueuePosition): number {
    if (this.meanMs === undefined) return UNMEASURED_RETRY_MS;
    return Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS, Math.ceil(this.expectedWaitMs(position))));
  }
}

export interface AdmissionOptions {
  nowMs?: () => number;
  /** `running`, `waiting` or the room has changed. */
  onChange?: () => void;
  /** A place is free, and no request waits for it here. */
  onRoom?: () => void;
}

class Place implements AdmissionPlace {
  private isLeft = false;

  constructor(
    readonly waitedMs: number,
    private readonly sinceMs: number,
    private readonly onLeave: (sinceMs: number) => void,
  ) {}

  leave(): void {
    if (this.isLeft) return;
    this.isLeft = true;
    this.onLeave(this.sinceMs);
  }
}

/**
 * Lets so many requests run at once and so many wait; those of low priority wait behind all others. Where no more may wait, a new request
 * takes the place of one of low priority, or of one of a caller with more waiting requests: a batch cannot lock others out.
 */
export class MemoryAdmissionQueue<
  Request extends AdmissionRequest = AdmissionRequest,
> implements AdmissionQueue<Request> {
  private readonly serviceTime = new ServiceTime();
  /** Made for the first request that waits. */
  private waitingList: WaitingList<AdmissionPlace, Request> | undefined;
  private readonly nowMs: () => number;
  private readonly onChange: () => void;
  private readonly onRoom: () => void;
  private runningCount = 0;

  constructor(
    private limits: AdmissionLimits,
    { nowMs = () => Date.now(), onChange = () => undefined, onRoom = () => undefined }: AdmissionOptions = {},
  ) {
    this.nowMs = nowMs;
    this.onChange = onChange;
    this.onRoom = onRoom;
  }

  configure(limits: AdmissionLimits): void {
    this.limits = limits;
    this.letIn();
    this.onChange();
  }

  get running(): number {
    return this.runningCount;
  }

  get waiting(): number {
    return this.waitingList?.size ?? 0;
  }

  get hasRoom(): boolean {
    return this.hasPlace && this.waiting === 0;
  }

  enterNow(): AdmissionPlace | undefined {
    if (!this.hasRoom) return undefined;
    const place = this.occupy(0);
    this.onChange();
    return place;
  }

  enter(request: Request): Promise<AdmissionPlace> {
    if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
    const free = this.enterNow();
    if (free !== undefined) return Promise.resolve(free);
    const waitingList = (this.waitingList ??= this.openWaitingList());
    const isFull = this.waiting >= this.limits.queued;
    if (isFull && !waitingList.canGiveWayTo(request)) return Promise.reject(this.refusal('queue_full', request));
    if (this.isHopeless(request)) return Promise.reject(this.refusal('queue_timeout', request));
    if (isFull) waitingList.giveWayTo(request);
    const entered = waitingList.wait(request);
    this.onChange();
    return entered;
  }

  moveNextWaiter(canGo: (request: Request) => boolean): boolean {
    const isMoved = this.waitingList?.moveNextWaiter(canGo) ?? false;
    if (isMoved) this.onChange();
    return isMoved;
  }

  private openWaitingList(): WaitingList<AdmissionPlace, Request> {
    return new WaitingList({
      nowMs: this.nowMs,
      toRefusal: (reason, request) => this.refusal(reason, request),
      onLeft: this.onChange,
    });
  }

  private get hasPlace(): boolean {
    return this.limits.concurrent === 0 || this.runningCount < this.limits.concurrent;
  }

  private letIn(): void {
    while (this.waiting > 0 && this.hasPlace && this.waitingList?.letNextIn((waitedMs) => this.occupy(waitedMs)));
  }

  private occupy(waitedMs: number): AdmissionPlace {
    this.runningCount += 1;
    return new Place(waitedMs, this.nowMs(), this.onLeave);
  }

  private readonly onLeave = (sinceMs: number): void => {
    this.runningCount -= 1;
    this.serviceTime.measured(Math.max(0, this.nowMs() - sinceMs));
    this.letIn();
    this.onChange();
    if (this.hasRoom) this.onRoom();
  };

  private isHopeless(request: Request): boolean {
    const { deadlineAtMs } = request;
    if (deadlineAtMs === undefined) return false;
    return this.nowMs() + this.serviceTime.expectedWaitMs(this.positionOf(request)) > deadlineAtMs;
  }

  private refusal(reason: RefusalReason, request: Ranked): AdmissionRefusal {
    return new AdmissionRefusal(reason, this.serviceTime.retryAfterMs(this.positionOf(request)));
  }

  private positionOf(request: Ranked): QueuePosition {
    return { ahead: this.waitingList?.countAhead(request) ?? 0, places: this.limits.concurrent };
  }
}
