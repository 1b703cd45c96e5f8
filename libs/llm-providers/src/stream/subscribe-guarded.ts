import { type Observable, Subscription } from 'rxjs';

export interface GuardedObserver<T> {
  next?: (value: T) => void;
  /** Told what the source failed with, and what `next` or `complete` has thrown. */
  error: (error: unknown) => void;
  complete?: () => void;
}

/**
 * The way to subscribe here. What an observer of RxJS's own `subscribe` throws is thrown again by a timer, and ends the process
 * (RxJS 7, `reportUnhandledError`). Here it ends this subscription alone, by `error`, whatever the teardown of the source throws
 * on top of that.
 */
export function subscribeGuarded<T>(
  source$: Observable<T>,
  { next, error, complete }: GuardedObserver<T>,
): Subscription {
  const subscription = new Subscription();
  const fail = (thrown: unknown): void => {
    try {
      subscription.unsubscribe();
    } catch {
      // What was thrown first is what went wrong.
    }
    error(thrown);
  };
  subscription.add(
    source$.subscribe({
      next: (value) => {
        // A source that emits while it is being subscribed cannot be stopped by then.
        if (subscription.closed) return;
        try {
          next?.(value);
        } catch (thrown) {
          fail(thrown);
        }
      },
      error: (failure: unknown) => {
        if (!subscription.closed) error(failure);
      },
      complete: () => {
        if (subscription.closed) return;
        try {
          complete?.();
        } catch (thrown) {
          fail(thrown);
        }
      },
    }),
  );
  return subscription;
}
