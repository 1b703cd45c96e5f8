import { type BreakerPass, CircuitBreaker } from './circuit-breaker.js';

const START_MS = 1_000_000;
const OPEN_MS = 30_000;

describe(CircuitBreaker.name, () => {
  let nowMs: number;
  let onChange: jest.Mock;
  let sut: CircuitBreaker;

  beforeEach(() => {
    nowMs = START_MS;
    onChange = jest.fn();
    sut = new CircuitBreaker({ failures: 3, openMs: OPEN_MS }, { nowMs: () => nowMs, onChange });
  });

  const enter = (): BreakerPass => {
    const pass = sut.tryEnter();
    if (pass === undefined) throw new Error('refused');
    return pass;
  };
  const fail = (times: number): void => {
    for (let n = 0; n < times; n += 1) enter().failed();
  };
  const probeAfterOpening = (): BreakerPass => {
    fail(3);
    nowMs += OPEN_MS;
    return enter();
  };
  const changes = (): unknown[] => onChange.mock.calls.flat();

  describe('while it is closed', () => {
    it('lets any number in at once', () => {
      expect([sut.state, sut.canEnter, sut.consecutiveFailures, sut.nextTryAtMs]).toEqual([
        'closed',
        true,
        0,
        undefined,
      ]);
      expect([sut.tryEnter(), sut.tryEnter(), sut.tryEnter()]).not.toContain(undefined);
    });

    it('bears failures below the limit, and any number with a success between them', () => {
      fail(2);
      expect(sut.consecutiveFailures).toBe(2);
      enter().succeeded();
      expect(sut.consecutiveFailures).toBe(0);
      fail(2);
      expect([sut.state, changes()]).toEqual(['closed', []]);
    });

    it('counts a release neither way', () => {
      fail(2);
      enter().released();
      expect(sut.consecutiveFailures).toBe(2);
    });

    it('hears the first word of a pass alone', () => {
      const failing = enter();
      failing.failed();
      failing.failed();
      failing.succeeded();
      const released = enter();
      released.released();
      released.failed();
      expect(sut.consecutiveFailures).toBe(1);
    });

    it('opens when the failures in a row reach the limit, and says so once', () => {
      fail(3);
      expect([sut.state, sut.canEnter, sut.tryEnter()]).toEqual(['open', false, undefined]);
      expect([sut.consecutiveFailures, sut.nextTryAtMs]).toEqual([3, START_MS + OPEN_MS]);
      expect(changes()).toEqual(['open']);
    });

    it('takes no notice of pings: models may fail where a ping succeeds', () => {
      fail(2);
      sut.pingFailed();
      expect([sut.state, sut.consecutiveFailures]).toEqual(['closed', 2]);
      sut.pingSucceeded();
      expect([sut.state, sut.consecutiveFailures, changes()]).toEqual(['closed', 2, []]);
    });
  });

  describe('while it is open', () => {
    let passes: BreakerPass[];

    beforeEach(() => {
      passes = [enter(), enter(), enter()];
      fail(3);
    });
    const answerPing = (): void => {
      sut.pingSucceeded();
      enter().failed();
      onChange.mockClear();
    };

    it('refuses until its time is over', () => {
      nowMs += OPEN_MS - 1;
      expect([sut.state, sut.canEnter, sut.tryEnter()]).toEqual(['open', false, undefined]);
      expect(sut.nextTryAtMs).toBe(nowMs + 1);
    });

    it('reads half-open once its time is over, and nobody is told of a reading', () => {
      nowMs += OPEN_MS;
      expect([sut.state, sut.canEnter, sut.nextTryAtMs]).toEqual(['half_open', true, undefined]);
      expect(changes()).toEqual(['open']);
    });

    it('does not hear passes that it gave before', () => {
      nowMs += 1000;
      passes[0]?.failed();
      passes[1]?.succeeded();
      passes[2]?.released();
      expect([sut.state, sut.consecutiveFailures, sut.nextTryAtMs]).toEqual(['open', 3, START_MS + OPEN_MS]);
      expect(changes()).toEqual(['open']);
    });

    it('is half-open at once after a successful ping', () => {
      sut.pingSucceeded();
      expect([sut.state, sut.canEnter, sut.nextTryAtMs]).toEqual(['half_open', true, undefined]);
      expect([sut.consecutiveFailures, changes()]).toEqual([3, ['open', 'half_open']]);
    });

    it('starts its time anew after a failed ping', () => {
      answerPing();
      nowMs += OPEN_MS - 1;
      sut.pingFailed();
      expect(sut.nextTryAtMs).toBe(nowMs + OPEN_MS);
      nowMs += OPEN_MS - 1;
      expect(sut.state).toBe('open');
      expect(changes()).toEqual([]);
    });

    it('takes no notice of failed pings while none has ever succeeded: the endpoint may know no such request', () => {
      for (; nowMs < START_MS + OPEN_MS; nowMs += OPEN_MS / 10) sut.pingFailed();
      expect([sut.state, sut.canEnter]).toEqual(['half_open', true]);
      sut.pingFailed();
      enter().succeeded();
      expect(sut.state).toBe('closed');
    });

    it('is open again after a failed ping where nobody noticed that its time was over', () => {
      answerPing();
      nowMs += OPEN_MS;
      sut.pingFailed();
      expect([sut.state, sut.nextTryAtMs]).toEqual(['open', nowMs + OPEN_MS]);
      expect(changes()).toEqual([]);
    });
  });

  describe('while it is half-open', () => {
    it('lets one in at a time', () => {
      probeAfterOpening();
      expect([sut.state, sut.canEnter, sut.tryEnter()]).toEqual(['half_open', false, undefined]);
      expect(changes()).toEqual(['open', 'half_open']);
    });

    it('closes when the probe succeeds', () => {
      probeAfterOpening().succeeded();
      expect([sut.state, sut.canEnter, sut.consecutiveFailures]).toEqual(['closed', true, 0]);
      expect([sut.tryEnter(), sut.tryEnter()]).not.toContain(undefined);
      expect(changes()).toEqual(['open', 'half_open', 'closed']);
    });

    it('opens anew when the probe fails, for the whole time from then', () => {
      const probe = probeAfterOpening();
      nowMs += 5000;
      probe.failed();
      expect([sut.state, sut.canEnter, sut.nextTryAtMs]).toEqual(['open', false, nowMs + OPEN_MS]);
      expect([sut.consecutiveFailures, changes()]).toEqual([4, ['open', 'half_open', 'open']]);
    });

    it('lets another probe in after each that failed', () => {
      probeAfterOpening().failed();
      nowMs += OPEN_MS;
      enter().failed();
      sut.pingSucceeded();
      enter().succeeded();
      expect(changes()).toEqual(['open', 'half_open', 'open', 'half_open', 'open', 'half_open', 'closed']);
    });

    it('lets the next one be the probe when the first is released', () => {
      const first = probeAfterOpening();
      first.released();
      expect([sut.state, sut.canEnter]).toEqual(['half_open', true]);
      const second = enter();
      first.released();
      first.failed();
      expect([sut.state, sut.canEnter]).toEqual(['half_open', false]);
      second.succeeded();
      expect(sut.state).toBe('closed');
    });

    it('lets another probe in beside one that takes longer than the open time', () => {
      const slow = probeAfterOpening();
      nowMs += OPEN_MS - 1;
      expect(sut.canEnter).toBe(false);
      nowMs += 1;
      const second = enter();
      expect(sut.canEnter).toBe(false);
      slow.released();
      expect(sut.canEnter).toBe(false);
      second.succeeded();
      expect(sut.state).toBe('closed');
    });

    it('forgets a probe that is still out when another one has closed it', () => {
      probeAfterOpening();
      nowMs += OPEN_MS;
      const second = enter();
      nowMs += OPEN_MS;
      enter().succeeded();
      fail(3);
      sut.pingSucceeded();
      expect(sut.canEnter).toBe(true);
      second.failed();
      expect(sut.state).toBe('half_open');
    });

    it('hears the first word of the probe alone', () => {
      const probe = probeAfterOpening();
      probe.succeeded();
      probe.failed();
      expect([sut.state, sut.consecutiveFailures]).toEqual(['closed', 0]);
    });

    it.each(['succeeded', 'failed', 'released'] as const)('does not hear %s from a pass of before', (word) => {
      const old = enter();
      const probe = probeAfterOpening();
      old[word]();
      expect([sut.state, sut.canEnter, sut.consecutiveFailures]).toEqual(['half_open', false, 3]);
      probe.succeeded();
      expect(sut.state).toBe('closed');
    });

    it('leaves the judgement to the probe while pings come', () => {
      const probe = probeAfterOpening();
      sut.pingFailed();
      sut.pingSucceeded();
      expect([sut.state, sut.canEnter]).toEqual(['half_open', false]);
      probe.succeeded();
      expect(changes()).toEqual(['open', 'half_open', 'closed']);
    });

    it('opens anew after a failed ping where no probe is out', () => {
      sut.pingSucceeded();
      probeAfterOpening().released();
      sut.pingFailed();
      expect([sut.state, sut.nextTryAtMs, sut.consecutiveFailures]).toEqual(['open', nowMs + OPEN_MS, 3]);
      expect(changes()).toEqual(['open', 'half_open', 'open']);
    });
  });

  describe('once it has closed again', () => {
    it('does not hear passes of before it opened', () => {
      const [failing, succeeding] = [enter(), enter()];
      probeAfterOpening().succeeded();
      failing.failed();
      expect(sut.consecutiveFailures).toBe(0);
      fail(2);
      succeeding.succeeded();
      expect(sut.consecutiveFailures).toBe(2);
    });

    it('needs all failures in a row to open again', () => {
      probeAfterOpening().succeeded();
      fail(2);
      expect(sut.state).toBe('closed');
      fail(1);
      expect(changes()).toEqual(['open', 'half_open', 'closed', 'open']);
    });
  });

  describe('after a reload', () => {
    it('keeps what it has counted and asks the new limit at the next failure', () => {
      fail(2);
      sut.configure({ failures: 2, openMs: OPEN_MS });
      expect([sut.state, sut.consecutiveFailures]).toEqual(['closed', 2]);
      fail(1);
      expect(sut.state).toBe('open');
    });

    it('opens anew when the probe fails, though the new limit is higher', () => {
      const probe = probeAfterOpening();
      sut.configure({ failures: 10, openMs: OPEN_MS });
      probe.failed();
      expect(sut.state).toBe('open');
    });

    it('ends an open time when it would have ended, and the next one by the new policy', () => {
      fail(3);
      sut.configure({ failures: 3, openMs: 1000 });
      expect(sut.nextTryAtMs).toBe(START_MS + OPEN_MS);
      nowMs += OPEN_MS;
      fail(1);
      expect(sut.nextTryAtMs).toBe(nowMs + 1000);
    });
  });

  it('closes when something else has shown that requests succeed, and hears the probe that is out', () => {
    const probe = probeAfterOpening();
    expect([probe.isProbe, probe.isCurrent]).toEqual([true, true]);
    sut.close();
    expect([sut.state, sut.consecutiveFailures, enter().isProbe]).toEqual(['closed', 0, false]);
    probe.failed();
    expect([sut.state, sut.consecutiveFailures]).toEqual(['closed', 1]);
    fail(2);
    expect([sut.state, probe.isCurrent]).toEqual(['open', false]);
  });

  it('has changed already when it tells so', () => {
    const seen: unknown[] = [];
    sut = new CircuitBreaker(
      { failures: 1, openMs: OPEN_MS },
      { nowMs: () => nowMs, onChange: (state) => seen.push([state, sut.state, sut.canEnter, sut.nextTryAtMs]) },
    );
    enter().failed();
    nowMs += OPEN_MS;
    enter().succeeded();
    expect(seen).toEqual([
      ['open', 'open', false, START_MS + OPEN_MS],
      ['half_open', 'half_open', false, undefined],
      ['closed', 'closed', true, undefined],
    ]);
  });

  it('needs neither a clock nor a listener', () => {
    sut = new CircuitBreaker({ failures: 1, openMs: OPEN_MS });
    fail(1);
    expect(Math.abs((sut.nextTryAtMs ?? 0) - Date.now() - OPEN_MS)).toBeLessThan(10_000);
  });
});
