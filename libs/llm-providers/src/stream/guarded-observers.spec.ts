import { finalize, from, Observable, of, Subject, throwError } from 'rxjs';
import { subscribeGuarded } from './guarded-observers.js';

const broken = new Error('broken');
const breaks = (): never => {
  throw broken;
};
const breaksWith = (message: string): never => {
  throw new Error(message);
};

describe(subscribeGuarded.name, () => {
  it('tells values and the end', () => {
    const told: unknown[] = [];
    subscribeGuarded(of(1, 2), {
      next: (value) => told.push(value),
      error: (error) => told.push(error),
      complete: () => told.push('end'),
    });
    expect(told).toEqual([1, 2, 'end']);
  });

  it('tells what the source fails with', () => {
    const error = jest.fn();
    subscribeGuarded(
      throwError(() => broken),
      { error },
    );
    expect(error.mock.calls).toEqual([[broken]]);
  });

  it.each<[string, () => Observable<number>]>([
    ['at once', () => from([1, 2, 3])],
    [
      'later',
      () => {
        const source = new Subject<number>();
        setImmediate(() => source.next(1));
        return source;
      },
    ],
  ])('ends by error, once, where next throws: a source that emits %s', async (_when, source) => {
    const complete = jest.fn();
    let hasEnded: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (hasEnded = resolve));
    const error = jest.fn(() => hasEnded());
    let isLeft = false;
    const source$ = new Observable<number>((subscriber) => {
      subscriber.add(() => (isLeft = true));
      return source().subscribe(subscriber);
    });
    subscribeGuarded(source$, { next: breaks, error, complete });
    await ended;
    expect(error.mock.calls).toEqual([[broken]]);
    expect(complete).not.toHaveBeenCalled();
    expect(isLeft).toBe(true);
  });

  it('ends by error where complete throws', () => {
    const error = jest.fn();
    subscribeGuarded(of(1), { error, complete: breaks });
    expect(error.mock.calls).toEqual([[broken]]);
  });

  it('ends by error where next throws and the teardown of the source throws too', () => {
    const error = jest.fn();
    const source = new Subject<number>();
    subscribeGuarded(source.pipe(finalize(breaks)), { next: () => breaksWith('first'), error });
    source.next(1);
    expect(error.mock.calls).toEqual([[new Error('first')]]);
    expect(source.observed).toBe(false);
  });

  it('tells nothing after it was unsubscribed', () => {
    const source = new Subject<number>();
    const next = jest.fn();
    subscribeGuarded(source, { next, error: next, complete: next }).unsubscribe();
    source.next(1);
    source.complete();
    expect(next).not.toHaveBeenCalled();
  });
});
