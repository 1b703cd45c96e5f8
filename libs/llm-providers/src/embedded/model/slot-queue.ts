import { UpstreamError } from '../../errors/upstream-error.js';

const SHORTEST_RETRY_MS = 1000;
/** The weight of the newest task in the running average. */
const NEWEST_WEIGHT = 0.3;

interface Waiter {
  enter: () => void;
}

export interface SlotQueueOptions {
  provider: string;
  slots: number;
  maxWaiting: number;
}

/** Runs as many tasks at once as it has slots. Other tasks wait in order; their number is limited. */
export class SlotQueue {
  private readonly waiting: Waiter[] = [];
  private running = 0;
  private averageTaskMs = 0;

  constructor(private readonly options: SlotQueueOptions) {}

  /** Rejects with 429 when the queue is full, and with the signal's reason when it is aborted while the task waits. */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.running < this.options.slots) this.running += 1;
    else await this.wait(signal);
    const startedAtMs = performance.now();
    try {
      return await task();
    } finally {
      this.leave(performance.now() - startedAtMs);
    }
  }

  private wait(signal: AbortSignal): Promise<void> {
    if (this.waiting.length >= this.options.maxWaiting) throw this.full();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiting.push(waiter);
    });
  }

  /** A slot goes directly to the task that has waited longest: no slot is free while a task waits. */
  private leave(tookMs: number): void {
    const isFirst = this.averageTaskMs === 0;
    this.averageTaskMs = isFirst ? tookMs : this.averageTaskMs * (1 - NEWEST_WEIGHT) + tookMs * NEWEST_WEIGHT;
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next.enter();
  }

  private full(): UpstreamError {
    const { provider, slots, maxWaiting } = this.options;
    const retryAfterMs = Math.max(SHORTEST_RETRY_MS, Math.ceil((this.averageTaskMs * this.waiting.length) / slots));
    return new UpstreamError(`${provider} is busy: ${maxWaiting} requests are waiting. Try again later.`, {
      provider,
      kind: 'refused',
      status: 429,
      retryAfterMs,
    });
  }
}
