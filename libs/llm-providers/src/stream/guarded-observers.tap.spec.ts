import { Logger } from '@nestjs/common';
import { concat, of, Subject } from 'rxjs';
import { tapGuarded } from './guarded-observers.js';

describe(tapGuarded.name, () => {
  let source$: Subject<number>;
  let logged: jest.SpyInstance;
  let seen: unknown[];

  beforeEach(() => {
    source$ = new Subject();
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    seen = [];
  });

  afterEach(() => logged.mockRestore());

  const read = (observer: Parameters<typeof tapGuarded<number>>[0]): { unsubscribe(): void } =>
    // `concat` goes on only after an end that nothing has disturbed.
    concat(source$.pipe(tapGuarded(observer)), of('last')).subscribe({
      next: (value) => seen.push(value),
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });

  it('tells values and the end', () => {
    const told: unknown[] = [];
    read({
      next: (value) => told.push(value),
      complete: () => told.push('complete'),
      finalize: () => told.push('finalize'),
    });
    source$.next(1);
    source$.complete();
    expect(told).toEqual([1, 'complete', 'finalize']);
    expect(seen).toEqual([1, 'last', 'complete']);
  });

  it.each([
    ['an error', () => source$.error('broken'), ['broken', 'finalize']],
    ['a reader that leaves', (reading: { unsubscribe(): void }) => reading.unsubscribe(), ['finalize']],
  ])('tells %s once', (_what, end, expected) => {
    const told: unknown[] = [];
    const reading = read({ error: (error) => told.push(error), finalize: () => told.push('finalize') });
    end(reading);
    reading.unsubscribe();
    expect(told).toEqual(expected);
  });

  it('keeps what its observer throws from the stream, and logs it', () => {
    const broken = new Error('broken');
    const throws = (): never => {
      throw broken;
    };
    read({ next: throws, complete: throws, finalize: throws });
    source$.next(1);
    source$.complete();
    expect(seen).toEqual([1, 'last', 'complete']);
    expect(logged.mock.calls).toEqual([[broken], [broken], [broken]]);
  });
});
