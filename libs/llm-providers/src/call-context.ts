/** Tells a producer whether its reader keeps up. */
export interface ReaderState {
  /** Undefined while the reader keeps up; else a promise that resolves once it does again, or has gone. */
  whenReady(): Promise<void> | undefined;
}

/** How long a caller waits. Points in time are epoch milliseconds. */
export interface CallerLimits {
  /** The whole call must be over. */
  deadlineAtMs?: number;
  /** A stream must be open, a buffered answer complete. */
  openByMs?: number;
  /** The longest silence that the caller bears. */
  maxSilenceMs?: number;
}

/** What one call carries through every layer. */
export interface CallContext {
  /** Aborted when the caller leaves or the gateway gives up: all work for the call stops at once. */
  readonly signal: AbortSignal;
  readonly requestId: string;
  /** The caller's own limits; each counts where it is shorter than the provider's. */
  readonly limits?: CallerLimits;
  /** The reader of a stream; without one it is taken to keep up. */
  readonly reader?: ReaderState;
}
