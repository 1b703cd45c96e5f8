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
