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

/** Who runs at an endpoint, and who waits for a place there. Reads cost no waiting. */
export interface AdmissionQueue<Request extends AdmissionRequest = AdmissionRequest> {
  readonly running: number;
  readonly waiting: number;
  /** A place is free and no request waits for it. */
  readonly hasRoom: boolean;
  /** More room lets waiting requests in at once; less room ends none that runs or waits. */
  configure(limits: AdmissionLimits): void;
  /** A place, if one is free that no request waits for. */
  enterNow(): AdmissionPlace | undefined;
  /**
   * A place, now or later; rejects with `AdmissionRefusal`, `WaiterMoved` or the signal's reason. The caller has to give the place
   * back, even where the signal aborts at that moment.
   */
  enter(request: Request): Promise<AdmissionPlace>;
  /** Sends the next waiting request to another queue, which has room for it: it is rejected with `WaiterMoved`. */
  moveNextWaiter(canGo: (request: Request) => boolean): boolean;
}

export type RefusalReason = 'queue_full' | 'queue_timeout';

const MESSAGES: Readonly<Record<RefusalReason, string>> = {
  queue_full: 'Too many requests wait already. Try again later.',
  queue_timeout: 'No place in the queue comes free in time. Try again later.',
};

/** Thrown by `AdmissionQueue.enter`: no place, and how long until one may be had. */
export class AdmissionRefusal extends Error {
  override readonly name = 'AdmissionRefusal';

  constructor(
    readonly reason: RefusalReason,
    readonly retryAfterMs: number,
  ) {
    super(MESSAGES[reason]);
  }
}

/** Rejects a waiting request for which another endpoint of its provider has a place. */
export class WaiterMoved extends Error {
  override readonly name = 'WaiterMoved';

  constructor() {
    super('Another endpoint has a place.');
  }
}
