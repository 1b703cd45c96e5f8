import { type Observable, Subscription } from 'rxjs';

/** An observer of `subscribeGuarded`. */
export interface GuardedObserver<T> {
  next?: (value: T) => void;
  /** Called with what the source failed with, or with what `next` or `complete` has thrown. */
  error: (error: unknown) => void;
  complete?: () => void;
}

/**
 * Subscribes to an Observable. If an observer of RxJS's own `subscribe` throws, RxJS throws the error again in a timer, and the
 * process ends (RxJS 7, `reportUnhandledError`). Here it ends only this subscription, by `error`. An error of the source's teardown
 * is dropped then.
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
      // The first error is the cause.
    }
    error(thrown);
  };
  subscription.add(
    source$.subscribe({
      next: (value) => {
        // A source that emits inside `subscribe` cannot be stopped yet.
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
