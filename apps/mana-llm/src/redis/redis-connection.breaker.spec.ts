import { RedisBreaker } from './redis-connection.js';

describe(RedisBreaker.name, () => {
  let nowMs: number;
  let onChange: jest.Mock;
  let sut: RedisBreaker;

  beforeEach(() => {
    nowMs = 1_000;
    onChange = jest.fn();
    sut = new RedisBreaker(onChange, () => nowMs);
  });

  const fail = (times: number): void => {
    for (let n = 0; n < times; n += 1) sut.failed('it is full');
  };

  it('stays closed after two failures in a row, and after any number with a success between them', () => {
    fail(2);
    sut.succeeded();
    fail(2);
    expect([sut.mayTry(), sut.reason]).toEqual([true, undefined]);
    expect(onChange).not.toHaveBeenCalled();
  });

  it('opens after three failures in a row, and says so once', () => {
    fail(5);
    expect([sut.mayTry(), sut.reason]).toEqual([false, 'it is full']);
    expect(onChange.mock.calls).toEqual([['it is full']]);
  });

  it('lets one try through after 30 s, and all tries once that one has succeeded', () => {
    fail(3);
    nowMs += 29_999;
    expect(sut.mayTry()).toBe(false);
    nowMs += 1;
    expect([sut.mayTry(), sut.mayTry()]).toEqual([true, false]);
    sut.succeeded();
    expect([sut.mayTry(), sut.mayTry(), sut.reason]).toEqual([true, true, undefined]);
    expect(onChange).toHaveBeenLastCalledWith(undefined);
  });

  it('stays open for another 30 s when the try fails', () => {
    fail(3);
    nowMs += 30_000;
    sut.mayTry();
    fail(1);
    nowMs += 29_999;
    expect(sut.mayTry()).toBe(false);
    nowMs += 1;
    expect(sut.mayTry()).toBe(true);
  });
});
