import { of, Subject } from 'rxjs';
import type { SseEvent } from '../../call/gateway-call.js';
import { withHeartbeat } from './with-heartbeat.js';

describe(withHeartbeat.name, () => {
  let source$: Subject<SseEvent>;
  let seen: unknown[];

  beforeEach(() => {
    jest.useFakeTimers();
    source$ = new Subject();
    seen = [];
  });

  afterEach(() => jest.useRealTimers());

  const watch = (heartbeatMs: number) =>
    withHeartbeat(source$, heartbeatMs).subscribe({
      next: (event) => seen.push('data' in event ? event.data : event.comment),
      error: (error) => seen.push(error),
      complete: () => seen.push('complete'),
    });

  it('sends a comment whenever nothing was sent for so long', () => {
    watch(1000);
    jest.advanceTimersByTime(999);
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(seen).toEqual(['ping']);
    jest.advanceTimersByTime(2000);
    expect(seen).toEqual(['ping', 'ping', 'ping']);
  });

  it('counts from the last event', () => {
    watch(1000);
    jest.advanceTimersByTime(900);
    source$.next({ data: 'a' });
    jest.advanceTimersByTime(999);
    expect(seen).toEqual(['a']);
    jest.advanceTimersByTime(1);
    expect(seen).toEqual(['a', 'ping']);
  });

  it.each<[string, (subscription: { unsubscribe(): void }) => void, unknown[]]>([
    ['the stream completes', () => source$.complete(), ['complete']],
    ['the stream breaks', () => source$.error('broken'), ['broken']],
    ['the reader leaves', (subscription) => subscription.unsubscribe(), []],
  ])('stops when %s', (_when, end, expected) => {
    end(watch(1000));
    jest.advanceTimersByTime(5000);
    expect(seen).toEqual(expected);
    expect(jest.getTimerCount()).toBe(0);
    expect(source$.observed).toBe(false);
  });

  it('leaves no timer behind a stream that is over at once', () => {
    withHeartbeat(of({ data: 'a' }), 1000).subscribe();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is turned off by 0', () => {
    expect(withHeartbeat(source$, 0)).toBe(source$);
  });
});
