import type { Ranked } from './priority-queue.js';
import { type QueuePosition, ServiceTime } from './service-time.js';
import { AdmissionRefusal, type RefusalReason, WaitingList } from './waiting-list.js';

export interface AdmissionLimits {
  /** Running at once; 0: no limit. */
  concurrent: number;
  /** Waiting at once. */
  queued: number;
}

export interface AdmissionRequest {
  /** The caller, as it was checked: callers take turns. */
  caller: string;
  /** The name that the caller gives itself: within a caller, its names take turns. */
  callerName?: string | undefined;
  isLowPriority: boolean;
  signal: AbortSignal;
  /** Epoch ms by which the request must have its place. */
  deadlineAtMs?: number | undefined;
}

export interface AdmissionPlace {
  readonly waitedMs: number;
  /** Gives the place back; once, later calls do nothing. */
  leave(): void;
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
export class AdmissionQueue<Request extends AdmissionRequest = AdmissionRequest> {
  private readonly serviceTime = new ServiceTime();
  private readonly waitingList: WaitingList<AdmissionPlace, Request>;
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
    this.waitingList = new WaitingList({
      nowMs,
      toRefusal: (reason, request) => this.refusal(reason, request),
      onLeft: onChange,
    });
  }

  /** More room lets waiting requests in at once; less room ends none that runs or waits. */
  configure(limits: AdmissionLimits): void {
    this.limits = limits;
    this.letIn();
    this.onChange();
  }

  get running(): number {
    return this.runningCount;
  }

  get waiting(): number {
    return this.waitingList.size;
  }

  /** A place is free and no request waits for it. */
  get hasRoom(): boolean {
    return this.hasPlace && this.waiting === 0;
  }

  /** Of a request that comes now and goes behind all others; 0 where there is room. */
  get expectedWaitMs(): number {
    if (this.hasRoom) return 0;
    return this.serviceTime.expectedWaitMs({ ahead: this.waiting, places: this.limits.concurrent });
  }

  /** A place, if one is free that no request waits for. */
  enterNow(): AdmissionPlace | undefined {
    if (!this.hasRoom) return undefined;
    const place = this.occupy(0);
    this.onChange();
    return place;
  }

  /** The caller has to give the place back, even where the signal aborts at that moment. */
  enter(request: Request): Promise<AdmissionPlace> {
    if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
    const free = this.enterNow();
    if (free !== undefined) return Promise.resolve(free);
    const isFull = this.waiting >= this.limits.queued;
    if (isFull && !this.waitingList.canGiveWayTo(request)) return Promise.reject(this.refusal('queue_full', request));
    if (this.isHopeless(request)) return Promise.reject(this.refusal('queue_timeout', request));
    if (isFull) this.waitingList.giveWayTo(request);
    const entered = this.waitingList.wait(request);
    this.onChange();
    return entered;
  }

  /** Sends the next waiting request to another queue, which has room for it: it is rejected with `WaiterMoved`. */
  moveNextWaiter(canGo: (request: Request) => boolean): boolean {
    const isMoved = this.waitingList.moveNextWaiter(canGo);
    if (isMoved) this.onChange();
    return isMoved;
  }

  private get hasPlace(): boolean {
    return this.limits.concurrent === 0 || this.runningCount < this.limits.concurrent;
  }

  private letIn(): void {
    while (this.waiting > 0 && this.hasPlace && this.waitingList.letNextIn((waitedMs) => this.occupy(waitedMs)));
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
    return { ahead: this.waitingList.countAhead(request), places: this.limits.concurrent };
  }
}
