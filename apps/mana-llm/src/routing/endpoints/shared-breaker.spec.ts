import { type CallerPass, SharedBreaker } from './shared-breaker.js';

const OPEN_MS = 30_000;
const FAILURES = 3;

describe(SharedBreaker.name, () => {
  let nowMs: number;
  let onChange: jest.Mock;
  let sut: SharedBreaker;

  beforeEach(() => {
    nowMs = 1_000_000;
    onChange = jest.fn();
    sut = new SharedBreaker({ failures: FAILURES, openMs: OPEN_MS }, { nowMs: () => nowMs, onChange });
  });

  const enter = (caller: string): CallerPass => {
    const pass = sut.tryEnter(caller);
    if (pass === undefined) throw new Error(`${caller} is refused`);
    return pass;
  };
  const WORDS: Readonly<Record<string, (pass: CallerPass) => void>> = {
    '+': (pass) => pass.succeeded(),
    '-': (pass) => pass.failed(),
    '!': (pass) => pass.failedForAll(),
    '.': (pass) => pass.released(),
  };
  /** `a+ b-`: a succeeds, then b fails; a number is a time that passes, in open times. */
  const play = (story: string): void => {
    for (const step of story.split(' ').filter((each) => each !== '')) {
      if (/^\d/.test(step)) nowMs += Number(step) * OPEN_MS;
      else WORDS[step.slice(1)]?.(enter(step.slice(0, 1)));
    }
  };
  /** How many more failures open it, counted once no success is near. */
  const failuresToOpen = (): number => {
    play('1');
    let failures = 0;
    for (; sut.state === 'closed'; failures += 1) play('b-');
    return failures;
  };
  const refused = (): string => ['a', 'b', 'v'].filter((caller) => sut.refusedForMs(caller) > 0).join('');

  it.each<[story: string, state: string, refused: string, why: string]>([
    ['', 'closed', '', 'nothing has happened'],
    ['a- a-', 'closed', '', 'too few failures'],
    ['a- a- a-', 'open', 'a', 'one caller alone opens it for itself'],
    ['a- a- a+ a- a-', 'closed', '', 'a success of the caller starts the count anew'],
    ['a- b- a-', 'open', 'ab', 'failures of two callers count together'],
    ['a- b- v+ a- b-', 'closed', '', 'a success of any caller starts the shared count anew'],
    ['a- a- a- v-', 'open', 'av', 'a caller who is let in and fails is one of those who are refused'],
    ['a- a- a- v+', 'closed', 'a', 'a caller who is let in and succeeds closes it, but not for one who fails alone'],
    ['a- b- a- v+', 'closed', '', 'and for those who had too few failures each'],
    ['v+ a- a- a- a.', 'refused', '', 'beside a success of another, failures count for their caller'],
    ['v+ a- b- a-', 'closed', '', 'and for no one else'],
    ['v+ a- a- b- b-', 'closed', '', 'each by itself'],
    ['v+ a- a- a-', 'closed', 'a', 'until the caller has enough of its own'],
    ['v+ 1 a- b- a-', 'open', 'ab', 'unless that success is an open time ago'],
    ['a+ a- a- a-', 'open', 'a', 'a caller’s own success does not keep its failures to itself'],
    ['b+ a+ v- v- v-', 'closed', 'v', 'two others have succeeded'],
    ['b+ a+ b- b-', 'closed', '', 'the other one has succeeded'],
    ['v+ a+ a- a- a-', 'closed', 'a', 'another one has, if not last'],
    ['a- v+ 1 b- b- b-', 'open', 'b', 'a part in failures of before a success is none'],
    ['a! v+ 1 b- b- b-', 'open', 'b', 'also where those were everybody’s'],
    ['v+ a- a- v+ a- v+', 'closed', 'a', 'successes of others do not help a caller who only fails'],
    ['v+ a- a- 0.5 a+ a- a-', 'closed', '', 'its own success does'],
    ['a- a- a- 1', 'half_open', '', 'the open time is over'],
    ['a- a- a- 1 a-', 'open', 'a', 'the probe fails'],
    ['a- a- a- 1 a+', 'closed', '', 'the probe succeeds'],
    ['a- b- a- 1 b+', 'closed', '', 'the probe of one succeeds for all'],
    ['v+ a- a- a- 1 a-', 'closed', 'a', 'the probe of one who fails alone fails'],
    ['v+ a- a- a- 0.9 v+ 0.1 a- a.', 'refused', '', 'one failure is enough then'],
    ['v+ a- a- a- 1 a+ a- a-', 'closed', '', 'the probe of one who fails alone succeeds'],
    ['a! b! v!', 'open', 'abv', 'failures that no request is to blame for are everybody’s'],
    ['v+ a! a! a!', 'open', 'abv', 'also beside successes of others'],
    ['a- a- a- v!', 'open', 'abv', 'also where they come to those of one caller'],
    ['a! a! a! 1 v+', 'closed', '', 'anybody may show that it is back'],
    ['a! a! a! 1 v+ a- a- a-', 'closed', 'a', 'what was everybody’s is over then'],
  ])('after "%s" is %s, for %s: %s', (story, state, expected) => {
    if (state === 'refused') return expect(() => play(story)).toThrow('a is refused');
    play(story);
    expect([sut.state, refused()]).toEqual([state, expected]);
  });

  it('refuses as long as the longer of its open times lasts, at least a second', () => {
    play('a- a- b-');
    expect([sut.refusedForMs('a'), sut.refusedForMs('v'), sut.refusedForMs()]).toEqual([OPEN_MS, 0, OPEN_MS]);
    nowMs += OPEN_MS - 1;
    expect(sut.refusedForMs('a')).toBe(1_000);
    play('v+ a-');
    expect([sut.refusedForMs('a'), sut.refusedForMs('b'), sut.refusedForMs()]).toEqual([OPEN_MS, 0, 0]);
    expect(sut.tryEnter('a')).toBeUndefined();
  });

  it('lets one probe in at a time of those who are refused, and anybody else', () => {
    play('a- b- a- 1');
    const probe = enter('a');
    expect([refused(), sut.tryEnter('b')]).toEqual(['ab', undefined]);
    const [one, other] = [enter('v'), enter('v')];
    one.failed();
    expect([sut.state, refused()]).toEqual(['half_open', 'abv']);
    probe.released();
    expect(refused()).toBe('');
    other.succeeded();
    expect([sut.state, refused()]).toEqual(['closed', '']);
  });

  it('lets one probe in at a time of one who fails alone', () => {
    play('v+ a- a- a- 1');
    const probe = enter('a');
    expect([refused(), sut.tryEnter('a')]).toEqual(['a', undefined]);
    probe.released();
    expect(refused()).toBe('');
  });

  it('takes no failure of a probe for everybody’s that comes beside a success of another caller', () => {
    const old = enter('v');
    play('a- b- a- 0.5');
    old.succeeded();
    expect(refused()).toBe('ab');
    play('0.5 a-');
    expect([sut.state, refused()]).toEqual(['half_open', 'a']);
    play('b+');
    expect(sut.state).toBe('closed');
  });

  it('does not hear passes of before it opened', () => {
    const passes = ['a', 'v', 'v'].map(enter);
    play('b- b- b- 0.5');
    const { nextTryAtMs } = sut;
    for (const pass of passes) pass.failed();
    expect([sut.state, refused(), sut.nextTryAtMs]).toEqual(['open', 'b', nextTryAtMs]);
  });

  it('hears the first word of a pass alone', () => {
    const [first, second] = [enter('a'), enter('a')];
    first.succeeded();
    expect(first.failed()).toBe(false);
    second.released();
    second.failedForAll();
    expect(failuresToOpen()).toBe(FAILURES);
  });

  it('says whether a failure counts for everybody', () => {
    expect(enter('a').failed()).toBe(true);
    enter('v').succeeded();
    expect([enter('a').failed(), enter('v').failed()]).toEqual([false, true]);
  });

  it.each([
    ['closed', 'a-', 'a', FAILURES - 1],
    ['half-open', 'a- a- a- 1', 'a', FAILURES],
    ['open, for a caller who is let in', 'a- a- a-', 'v', FAILURES],
  ])('that is %s hears of an answer that has begun: failures until it opens', (_state, story, caller, failures) => {
    play(story);
    enter(caller).begun();
    expect(failuresToOpen()).toBe(failures);
  });

  it('takes the beginning of an answer for the success of one who fails alone', () => {
    play('v+ a- a- a- 1');
    enter('a').begun();
    play('a- a-');
    expect(refused()).toBe('');
  });

  it('is half-open after a ping, for one who fails alone too, and open again after one that fails', () => {
    play('v+ a- a- a- 0.1');
    sut.pingSucceeded();
    expect(refused()).toBe('');
    play('a- 1 b- b- b-');
    sut.pingSucceeded();
    expect([sut.state, refused()]).toEqual(['half_open', '']);
    sut.pingFailed();
    expect([sut.state, refused()]).toEqual(['open', 'b']);
  });

  it('tells its shared state alone, and when it was heard of last', () => {
    expect(sut.heardAtMs).toBe(-Infinity);
    play('v+ a- a- a-');
    expect([onChange.mock.calls, sut.heardAtMs]).toEqual([[], nowMs]);
    play('1 b- b- b-');
    expect([onChange.mock.calls, sut.heardAtMs, sut.nextTryAtMs]).toEqual([[['open']], nowMs, nowMs + OPEN_MS]);
  });

  it('asks a new limit after a reload, of one who fails alone too', () => {
    play('v+ a- a-');
    sut.configure({ failures: 2, openMs: OPEN_MS / 2 });
    play('v+ a-');
    expect(sut.refusedForMs('a')).toBe(OPEN_MS / 2);
    play('b-');
    expect([sut.state, refused()]).toEqual(['closed', 'a']);
    play('0.5 b-');
    expect([sut.state, refused()]).toEqual(['closed', 'b']);
  });

  it('remembers a hundred callers who fail, and forgets the one who failed longest ago', () => {
    sut = new SharedBreaker({ failures: 1, openMs: OPEN_MS }, { nowMs: () => nowMs });
    for (let number = 0; number < 100; number += 1) enter(`caller ${number}`).failed();
    expect([sut.refusedForMs('caller 0'), sut.refusedForMs('caller 99')]).toEqual([OPEN_MS, OPEN_MS]);
    enter('one more').failed();
    expect([sut.refusedForMs('caller 0'), sut.refusedForMs('caller 1')]).toEqual([0, OPEN_MS]);
  });

  it('needs neither a clock nor a listener', () => {
    sut = new SharedBreaker({ failures: 1, openMs: OPEN_MS });
    enter('a').failed();
    expect(Math.abs((sut.nextTryAtMs ?? 0) - Date.now() - OPEN_MS)).toBeLessThan(10_000);
  });
});
