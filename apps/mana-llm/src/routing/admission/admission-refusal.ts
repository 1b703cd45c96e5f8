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
