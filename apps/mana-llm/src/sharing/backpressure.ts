import type { SharedLog } from './shared-log.js';

/** How much may wait for the slowest reader of a log that is no longer whole, before the upstream is paused. */
const MAX_WAITING_SIZE = 256 * 1024;

export interface PacedReader {
  /** The next item that it takes. */
  readonly position: number;
  /** True while its client takes nothing. */
  readonly isBehind: boolean;
}

interface Pause {
  promise: Promise<void>;
  resolve: () => void;
}

function startPause(): Pause {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((resume) => {
    resolve = resume;
  });
  return { promise, resolve };
}

/** Pauses the upstream of a shared stream while every reader is behind, or too much waits for the slowest one. */
export class Backpressure {
  private pause: Pause | undefined;

  constructor(
    private readonly log: Pick<SharedLog<unknown>, 'isWhole' | 'sizeFrom'>,
    private readonly readers: ReadonlySet<PacedReader>,
  ) {}

  get isPaused(): boolean {
    return this.pause !== undefined;
  }

  /** Undefined where the upstream may send at once; otherwise resolves when it may. */
  whenReady(): Promise<void> | undefined {
    if (!this.mustPause()) return undefined;
    this.pause ??= startPause();
    return this.pause.promise;
  }

  /** Ends a pause that is needed no more; true where it has ended one. */
  tryResume(): boolean {
    if (this.pause === undefined || this.mustPause()) return false;
    this.pause.resolve();
    this.pause = undefined;
    return true;
  }

  slowestPosition(): number {
    let slowest = Infinity;
    for (const { position } of this.readers) slowest = Math.min(slowest, position);
    return slowest;
  }

  private mustPause(): boolean {
    if (this.readers.size === 0) return false;
    if (!this.log.isWhole && this.log.sizeFrom(this.slowestPosition()) > MAX_WAITING_SIZE) return true;
    for (const reader of this.readers) if (!reader.isBehind) return false;
    return true;
  }
}
