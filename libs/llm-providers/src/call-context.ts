/** Tells the source of a stream whether its reader keeps up. */
export interface ReaderState {
  /** Undefined while the reader keeps up. Else a promise that resolves when it keeps up again, or has left. */
  whenReady(): Promise<void> | undefined;
}

/** How long a caller waits. Points in time are milliseconds since the epoch. */
export interface CallerLimits {
  /** The whole call must be over. */
  deadlineAtMs?: number;
  /** A stream must be open, a buffered answer complete. */
  openByMs?: number;
  /** The longest silence that the caller accepts. */
  maxSilenceMs?: number;
}

/** What one call carries through every layer. */
export interface CallContext {
  /** Aborted when the caller leaves or the gateway gives up: all work for the call stops at once. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** The caller's own limits; each counts where it is shorter than the provider's. */
  readonly limits?: CallerLimits;
  /** The reader of a stream. Left out: it always keeps up. */
  readonly reader?: ReaderState;
}

/**
 * Settles as the promise does, or rejects with the reason of the signal where that comes first. The work behind the promise goes
 * on, for others or in vain.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
