import { setImmediate } from 'node:timers/promises';
import { FairTurns } from './fair-turns.js';

describe(FairTurns.name, () => {
  let nowMs: number;
  let done: string[];
  let turns: FairTurns;

  beforeEach(() => {
    nowMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
    done = [];
    turns = new FairTurns(3);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const work = (name: string, costMs: number): void =>
    turns.take(() => {
      done.push(name);
      nowMs += costMs;
    });

  it('lets all go on at once while the turn has time', () => {
    work('a', 1);
    work('b', 1);
    work('c', 1);
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('lets those that find the time used up in later, one a turn, in their order', async () => {
    for (const name of ['a', 'b', 'c']) work(name, 3);
    expect(done).toEqual(['a']);
    await setImmediate();
    expect(done).toEqual(['a', 'b']);
    await setImmediate();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('lets quiet ones in before the others', async () => {
    work('a', 3);
    work('flood', 3);
    turns.take(() => done.push('quiet'), { isQuiet: true });
    await setImmediate();
    expect(done).toEqual(['a', 'quiet']);
    await setImmediate();
    expect(done).toEqual(['a', 'quiet', 'flood']);
  });

  it('gives each turn its time anew', async () => {
    work('a', 3);
    await setImmediate();
    work('b', 1);
    work('c', 1);
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('lets what comes in a turn with time left go on beside those that wait', async () => {
    work('a', 3);
    work('waiting', 1);
    work('waiting too', 1);
    await setImmediate();
    work('new', 1);
    expect(done).toEqual(['a', 'waiting', 'new']);
    await setImmediate();
    expect(done).toEqual(['a', 'waiting', 'new', 'waiting too']);
  });

  it('has whoever goes on and on wait behind the others', async () => {
    const goOn = (): void => {
      if (done.length < 6) work('flood', 3);
    };
    turns.take(goOn);
    work('other', 1);
    for (let turn = 0; turn < 3; turn += 1) {
      goOn();
      await setImmediate();
    }
    expect(done.indexOf('other')).toBe(1);
  });
});
