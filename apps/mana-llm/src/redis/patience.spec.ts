import { Patience } from './patience.js';

describe(Patience.name, () => {
  let nowMs: number;
  let onChange: jest.Mock;
  let sut: Patience;

  beforeEach(() => {
    nowMs = 1_000;
    onChange = jest.fn();
    sut = new Patience(onChange, () => nowMs);
  });

  const fail = (times: number): void => {
    for (let n = 0; n < times; n += 1) sut.fail('it is full');
  };

  it('bears two failures in a row, and any number with a success between them', () => {
    fail(2);
    sut.succeed();
    fail(2);
    expect([sut.mayTry(), sut.reason]).toEqual([true, undefined]);
    expect(onChange).not.toHaveBeenCalled();
  });

  it('leaves the server alone after three, and says so once', () => {
    fail(5);
    expect([sut.mayTry(), sut.reason]).toEqual([false, 'it is full']);
    expect(onChange.mock.calls).toEqual([['it is full']]);
  });

  it('lets one try through after 30 s, and all once that has worked', () => {
    fail(3);
    nowMs += 29_999;
    expect(sut.mayTry()).toBe(false);
    nowMs += 1;
    expect([sut.mayTry(), sut.mayTry()]).toEqual([true, false]);
    sut.succeed();
    expect([sut.mayTry(), sut.mayTry(), sut.reason]).toEqual([true, true, undefined]);
    expect(onChange).toHaveBeenLastCalledWith(undefined);
  });

  it('waits another 30 s when the try fails', () => {
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
