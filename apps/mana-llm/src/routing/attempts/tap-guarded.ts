import { Logger } from '@nestjs/common';
import { type MonoTypeOperatorFunction, tap } from 'rxjs';

export interface TapObserver<T> {
  next?: (value: T) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
  /** Called last, once, however the stream ends. */
  finalize: () => void;
}

const logger = new Logger('TapGuarded');

function guarded<A extends unknown[]>(callback: (...values: A) => void): (...values: A) => void {
  return (...values) => {
    try {
      callback(...values);
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
export function tapGuarded<T>({
  next = () => undefined,
  error = () => undefined,
  complete = () => undefined,
  finalize,
}: TapObserver<T>): MonoTypeOperatorFunction<T> {
  return tap({
    next: guarded(next),
    error: guarded(error),
    complete: guarded(complete),
    finalize: guarded(finalize),
  });
}
