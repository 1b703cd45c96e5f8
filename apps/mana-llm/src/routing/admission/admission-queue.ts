import { AdmissionRefusal, type RefusalReason } from './admission-refusal.js';
import type { Ranked } from './priority-queue.js';
import { type QueuePosition, ServiceTime } from './service-time.js';
import { WaitingRoom } from './waiting-room.js';

export { AdmissionRefusal, type RefusalReason } from './admission-refusal.js';

export interface AdmissionLimits {
  /** Running at once; 0: no limit. */
  concurrent: number;
  /** Waiting at once. */
  queued: number;
}

export interface AdmissionRequest {
  /** Who is checked to ask: places are shared among callers by turns. */
  caller: string;
  /** The name that the caller gives itself: a caller's turns are shared among its names. */
  callerName?: string | undefined;
  isLowPriority: boolean;
  signal: AbortSignal;
  /** Epoch ms by which the place must be had. */
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
  /** A place has come free, and nobody waits for it here. */
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
 * Lets so many run at once and so many wait; those of low priority wait behind all others. Where no more may wait, a newcomer takes the
 * place of one of low priority, or of a caller who has more waiting than it: a batch cannot lock others out.
 */
export class AdmissionQueue<Request extends AdmissionRequest = AdmissionRequest> {
  private readonly serviceTime = new ServiceTime();
  private readonly waitingRoom: WaitingRoom<AdmissionPlace, Request>;
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
    this.waitingRoom = new WaitingRoom({
      nowMs,
      toRefusal: (reason, request) => this.refusal(reason, request),
      onLeft: onChange,
    });
  }

  /** More room lets those who wait in at once; less room throws nobody out. */
  configure(limits: AdmissionLimits): void {
    this.limits = limits;
    this.letIn();
    this.onChange();
  }

  get running(): number {
    return this.runningCount;
  }

  get waiting(): number {
    return this.waitingRoom.size;
  }

  /** A place is free and nobody waits for it. */
  get hasRoom(): boolean {
    return this.hasPlace && this.waiting === 0;
  }

  /** Of one who comes now and goes behind all who wait; 0 where there is room. */
  get expectedWaitMs(): number {
    if (this.hasRoom) return 0;
    return this.serviceTime.expectedWaitMs({ ahead: this.waiting, places: this.limits.concurrent });
  }

  /** A place, where one is free that nobody waits for. */
  enterNow(): AdmissionPlace | undefined {
    if (!this.hasRoom) return undefined;
    const place = this.occupy(0);
    this.onChange();
    return place;
  }

  /** Whoever gets a place has to give it back, even where its signal aborts at that moment. */
  enter(request: Request): Promise<AdmissionPlace> {
    if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
    const free = this.enterNow();
    if (free !== undefined) return Promise.resolve(free);
    const isFull = this.waiting >= this.limits.queued;
    if (isFull && !this.waitingRoom.canGiveWayTo(request)) return Promise.reject(this.refusal('queue_full', request));
    if (this.isHopeless(request)) return Promise.reject(this.refusal('queue_timeout', request));
    if (isFull) this.waitingRoom.giveWayTo(request);
    const entered = this.waitingRoom.wait(request);
    this.onChange();
    return entered;
  }

  /** Sends the next one that waits to another queue, which has room for it: it hears `CalledAway`. */
  callAway(canGo: (request: Request) => boolean): boolean {
    const isCalled = this.waitingRoom.callAway(canGo);
    if (isCalled) this.onChange();
    return isCalled;
  }

  private get hasPlace(): boolean {
    return this.limits.concurrent === 0 || this.runningCount < this.limits.concurrent;
  }

  private letIn(): void {
    while (this.waiting > 0 && this.hasPlace && this.waitingRoom.letNextIn((waitedMs) => this.occupy(waitedMs)));
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
    return { ahead: this.waitingRoom.countAhead(request), places: this.limits.concurrent };
  }
}
