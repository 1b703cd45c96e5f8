import { Logger } from '@nestjs/common';
import { type MonoTypeOperatorFunction, type Observable, Subscription, tap } from 'rxjs';

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

/** An observer of `tapGuarded`. */
interface TapObserver<T> {
  next?: (value: T) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
  /** Called last, once, however the stream ends. */
  finalize: () => void;
}

const logger = new Logger('TapGuarded');

/** Nothing for nothing: RxJS calls an observer's parts for every value. */
function guarded<V>(callback: (value: V) => void): (value: V) => void;
function guarded<V>(callback: ((value: V) => void) | undefined): ((value: V) => void) | undefined;
function guarded<V>(callback: ((value: V) => void) | undefined): ((value: V) => void) | undefined {
  if (callback === undefined) return undefined;
  return (value) => {
    try {
      callback(value);
    } catch (error) {
      logger.error(error);
    }
  };
}

/**
 * RxJS's `tap` for an observer that only keeps count. What it throws goes to the log and changes nothing for the stream. Thrown
 * out of `finalize` it would: the operators behind it skip what they do last, and `concat` never goes on (RxJS 7,
 * `OperatorSubscriber.unsubscribe`).
 */
export function tapGuarded<T>({ next, error, complete, finalize }: TapObserver<T>): MonoTypeOperatorFunction<T> {
  return tap({
    next: guarded(next),
    error: guarded(error),
    complete: guarded(complete) as (() => void) | undefined,
    finalize: guarded(finalize) as () => void,
  });
}
