import fc from 'fast-check';
import { type BreakerPass, CircuitBreaker } from './circuit-breaker.js';
import { type CallerPass, SharedBreaker } from './shared-breaker.js';

const POLICY = { failures: 3, openMs: 100 };
const WORDS = ['succeeded', 'failed', 'released'] as const;

const timeMs = fc.nat({ max: 60 });
const steps = <Caller extends string>(...callers: [Caller, ...Caller[]]) =>
  fc.array(
    fc.oneof(
      { arbitrary: fc.record({ caller: fc.constantFrom(...callers), timeMs }), weight: 3 },
      { arbitrary: fc.record({ pass: fc.nat(), word: fc.constantFrom(...WORDS), timeMs }), weight: 4 },
      { arbitrary: fc.record({ ping: fc.constantFrom('pingSucceeded', 'pingFailed'), timeMs }), weight: 1 },
    ),
    { maxLength: 80 },
  );

describe(SharedBreaker.name, () => {
  let nowMs: number;
  let sut: SharedBreaker;

  const start = (): void => {
    nowMs = 1_000_000;
    sut = new SharedBreaker(POLICY, { nowMs: () => nowMs });
  };

  it('is a plain breaker to one caller alone', () => {
    fc.assert(
      fc.property(steps('a'), (taken) => {
        start();
        const plain = new CircuitBreaker(POLICY, { nowMs: () => nowMs });
        const passes: [CallerPass, BreakerPass][] = [];
        for (const step of taken) {
          nowMs += step.timeMs;
          if ('ping' in step) {
            sut[step.ping]();
            plain[step.ping]();
          } else if ('caller' in step) {
            const [one, other] = [sut.tryEnter('a'), plain.tryEnter()];
            expect(one === undefined).toBe(other === undefined);
            if (one !== undefined && other !== undefined) passes.push([one, other]);
          } else {
            for (const pass of passes.splice(step.pass % Math.max(1, passes.length), 1)[0] ?? []) pass[step.word]();
          }
          expect([sut.state, sut.nextTryAtMs]).toEqual([plain.state, plain.nextTryAtMs]);
          expect(sut.refusedForMs('a') === 0).toBe(plain.canEnter);
        }
        // As many more failures open both.
        for (let failure = 0; failure < POLICY.failures; failure += 1) {
          sut.tryEnter('a')?.failed();
          plain.tryEnter()?.failed();
          expect([sut.state, sut.nextTryAtMs]).toEqual([plain.state, plain.nextTryAtMs]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses nobody who has not failed, and gives a pass to whoever is not refused', () => {
    fc.assert(
      fc.property(steps('a', 'b', 'c', 'v'), (taken) => {
        start();
        const passes: CallerPass[] = [];
        for (const step of taken) {
          nowMs += step.timeMs;
          if ('ping' in step) sut[step.ping]();
          else if ('caller' in step) {
            const isRefused = sut.refusedForMs(step.caller) > 0;
            const pass = sut.tryEnter(step.caller);
            expect(pass === undefined).toBe(isRefused);
            if (pass !== undefined) passes.push(pass);
          } else {
            const [pass] = passes.splice(step.pass % Math.max(1, passes.length), 1);
            if (pass?.caller === 'v' && step.word === 'failed') pass.released();
            else pass?.[step.word]();
          }
          expect(sut.refusedForMs('v')).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a caller after so many failures in a row, whatever others do', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('b', 'v')), fc.array(fc.boolean()), (others, successes) => {
        start();
        for (let failure = 0; failure < POLICY.failures && sut.refusedForMs('a') === 0; failure += 1) {
          sut.tryEnter('a')?.failed();
          for (const [index, caller] of others.entries()) {
            const pass = sut.tryEnter(caller);
            if (successes[index] === true) pass?.succeeded();
            else pass?.failed();
          }
        }
        expect(sut.refusedForMs('a')).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
