import type { CallerLimits } from '../call-context.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import { timeoutError, UpstreamCall, type UpstreamCallOptions } from './upstream-call.js';

const TIMEOUTS: ProviderTimeouts = { connectMs: 10, firstTokenMs: 300, idleMs: 100, totalMs: 5_000 };

describe(UpstreamCall.name, () => {
  let caller: AbortController;

  beforeEach(() => {
    jest.useFakeTimers();
    caller = new AbortController();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const start = (
    form: UpstreamCallOptions['form'],
    timeouts: Partial<ProviderTimeouts> = {},
    limits?: CallerLimits,
  ): UpstreamCall =>
    new UpstreamCall({
      provider: 'p',
      form,
      timeouts: { ...TIMEOUTS, ...timeouts },
      context: { signal: caller.signal, requestId: 'r', ...(limits && { limits }) },
    });

  /** The call is alive until just before the limit and stopped with the phase's error at it. */
  const expectTimeout = (
    call: UpstreamCall,
    phase: string,
    afterMs: number,
    { limitMs = afterMs, isCallersLimit = false } = {},
  ): void => {
    jest.advanceTimersByTime(afterMs - 1);
    expect(call.signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(call.signal.reason).toMatchObject({ kind: 'timeout', phase, provider: 'p', isCallersLimit });
    expect((call.signal.reason as Error).message).toContain(`within ${limitMs} ms (${phase} timeout)`);
    expect(jest.getTimerCount()).toBe(0);
  };

  it('waits for the first token of a stream', () => {
    expectTimeout(start('stream'), 'first_token', 300);
  });

  it('is not satisfied by bytes before the first content', () => {
    const call = start('stream');
    jest.advanceTimersByTime(200);
    call.byteSeen();
    expectTimeout(call, 'first_token', 100, { limitMs: 300 });
  });

  it('measures silence after the first content, and every byte ends it', () => {
    const call = start('stream');
    call.contentSeen();
    for (let byte = 0; byte < 10; byte += 1) {
      jest.advanceTimersByTime(99);
      call.byteSeen();
    }
    expectTimeout(call, 'idle', 100);
  });

  it('counts the first content once', () => {
    const call = start('stream');
    call.contentSeen();
    jest.advanceTimersByTime(60);
    call.contentSeen();
    expectTimeout(call, 'idle', 40, { limitMs: 100 });
  });

  it('bounds the whole of a stream that keeps talking', () => {
    const call = start('stream', { totalMs: 250 });
    call.contentSeen();
    for (let byte = 0; byte < 4; byte += 1) {
      jest.advanceTimersByTime(50);
      call.byteSeen();
    }
    expectTimeout(call, 'total', 50, { limitMs: 250 });
  });

  it.each<[string, Partial<ProviderTimeouts>, number]>([
    ['totalMs', { totalMs: 700 }, 700],
    ['bufferedMs where there is one', { totalMs: 700, bufferedMs: 900 }, 900],
  ])('bounds a buffered answer by %s alone', (_which, timeouts, limitMs) => {
    expectTimeout(start('buffered', timeouts), 'total', limitMs);
  });

  it('does not bound a stream by bufferedMs', () => {
    expectTimeout(start('stream', { bufferedMs: 50, firstTokenMs: 200 }), 'first_token', 200);
  });

  it.each<UpstreamCallOptions['form']>(['stream', 'buffered'])(
    "bounds a call (%s) by the caller's deadline where it is nearer",
    (form) => {
      expectTimeout(start(form, {}, { deadlineAtMs: Date.now() + 80 }), 'total', 80, { isCallersLimit: true });
    },
  );

  it('keeps its own total where the deadline is further', () => {
    expectTimeout(start('buffered', { totalMs: 60 }, { deadlineAtMs: Date.now() + 80 }), 'total', 60);
  });

  it('stops at once when the deadline is over', () => {
    expectTimeout(start('buffered', {}, { deadlineAtMs: Date.now() - 1_000 }), 'total', 1, { isCallersLimit: true });
  });

  it('bears no more silence than the caller, before and after the first content', () => {
    const limits = { maxSilenceMs: 40 };
    expectTimeout(start('stream', {}, limits), 'first_token', 40, { isCallersLimit: true });
    const call = start('stream', {}, limits);
    call.contentSeen();
    expectTimeout(call, 'idle', 40, { isCallersLimit: true });
    const held = start('stream', {}, limits);
    held.contentSeen();
    held.hold();
    held.release();
    expectTimeout(held, 'idle', 40, { isCallersLimit: true });
  });

  it("opens a stream within the caller's time and then lets it flow", () => {
    const limits = { openByMs: Date.now() + 50 };
    const call = start('stream', {}, limits);
    jest.advanceTimersByTime(40);
    call.contentSeen();
    jest.advanceTimersByTime(90);
    expect(call.signal.aborted).toBe(false);
    call.end();
    expectTimeout(start('stream', {}, { openByMs: Date.now() + 50 }), 'first_token', 50, { isCallersLimit: true });
  });

  it("takes a limit that both have for the provider's", () => {
    expectTimeout(start('stream', {}, { maxSilenceMs: TIMEOUTS.firstTokenMs }), 'first_token', 300);
  });

  describe('while the reader is behind', () => {
    it('silence does not count', () => {
      const call = start('stream');
      call.contentSeen();
      jest.advanceTimersByTime(60);
      call.hold();
      jest.advanceTimersByTime(2_000);
      expect(call.signal.aborted).toBe(false);
      call.release();
      expectTimeout(call, 'idle', 100);
    });

    it('the first content may come', () => {
      const call = start('stream');
      call.hold();
      call.contentSeen();
      jest.advanceTimersByTime(2_000);
      expect(call.signal.aborted).toBe(false);
      call.release();
      expectTimeout(call, 'idle', 100);
    });

    it('before the first content that one is still waited for', () => {
      const call = start('stream');
      call.hold();
      call.release();
      expectTimeout(call, 'first_token', 300);
    });

    it('the total still counts', () => {
      const call = start('stream', { totalMs: 500 });
      call.contentSeen();
      call.hold();
      expectTimeout(call, 'total', 500);
    });

    it('an end is an end: a late release starts no clock', () => {
      const call = start('stream');
      call.contentSeen();
      call.hold();
      call.end();
      call.release();
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('the caller', () => {
    it("stops the call with the caller's own reason", () => {
      const call = start('stream');
      const reason = new RangeError('left');
      caller.abort(reason);
      expect(call.signal.reason).toBe(reason);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('that has left before stops it at once', () => {
      const reason = new RangeError('left');
      caller.abort(reason);
      expect(start('stream').signal.reason).toBe(reason);
      expect(jest.getTimerCount()).toBe(0);
    });

    it.each<[string, (call: UpstreamCall) => void, boolean]>([
      ['ended', (call) => call.end(), false],
      ['complete', (call) => call.complete(), true],
    ])('is not listened to once the call is %s, and no clock runs', (_how, finish, isComplete) => {
      const call = start('stream');
      call.contentSeen();
      finish(call);
      caller.abort();
      call.contentSeen();
      call.byteSeen();
      expect(call.signal.aborted).toBe(false);
      expect(call.isComplete).toBe(isComplete);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('that leaves after a timeout changes nothing', () => {
      const call = start('stream');
      jest.advanceTimersByTime(300);
      caller.abort(new RangeError('left'));
      expect(call.signal.reason).toMatchObject({ phase: 'first_token' });
    });
  });

  it('knows its reader', () => {
    const reader = { whenReady: () => undefined };
    const context = { signal: caller.signal, requestId: 'r', reader };
    expect(new UpstreamCall({ provider: 'p', form: 'stream', timeouts: TIMEOUTS, context }).reader).toBe(reader);
  });
});

describe(timeoutError.name, () => {
  it.each([
    ['connect', 'p did not accept the connection within 5 ms (connect timeout).'],
    ['first_token', 'p did not begin its answer within 5 ms (first_token timeout).'],
    ['idle', 'p fell silent in its answer within 5 ms (idle timeout).'],
    ['total', 'p did not finish its answer within 5 ms (total timeout).'],
  ] as const)('names the phase %s and its limit', (phase, message) => {
    const cause = new Error('why');
    expect(timeoutError('p', phase, 5, { cause })).toMatchObject({
      message,
      phase,
      kind: 'timeout',
      cause,
      isCallersLimit: false,
    });
  });

  it("says that the limit was the caller's", () => {
    expect(timeoutError('p', 'total', 5, { isCallersLimit: true }).isCallersLimit).toBe(true);
  });
});
