import { callerLimits, CLIENT_FIRST_MS, headersDueAtMs, holdErrorMs } from './caller-wishes.js';

const NOW_MS = 1_000_000;

describe(callerLimits.name, () => {
  it.each([
    [{}, {}],
    [{ 'x-stainless-timeout': '600' }, { openByMs: 1_600_000 }],
    [{ 'x-stainless-timeout': '0.5' }, { openByMs: 1_000_500 }],
    [{ 'x-stainless-read-timeout': '60' }, { maxSilenceMs: 60_000 }],
    [{ 'x-request-timeout-ms': '1500' }, { deadlineAtMs: 1_001_500 }],
    [
      { 'x-stainless-timeout': '1', 'x-stainless-read-timeout': '2', 'x-request-timeout-ms': '3' },
      { openByMs: 1_001_000, maxSilenceMs: 2000, deadlineAtMs: 1_000_003 },
    ],
  ])('reads %j', (headers, expected) => {
    expect(callerLimits(headers, NOW_MS)).toEqual(expected);
  });

  it.each(['', ' ', '0', '-1', 'NaN', 'None', 'Infinity', '1s'])('takes "%s" for no limit', (value) => {
    const headers = { 'x-stainless-timeout': value, 'x-stainless-read-timeout': value, 'x-request-timeout-ms': value };
    expect(callerLimits(headers, NOW_MS)).toEqual({});
  });
});

describe(headersDueAtMs.name, () => {
  it.each([
    [{}, Infinity],
    [{ openByMs: NOW_MS + 500 }, NOW_MS + 500],
    [{ maxSilenceMs: 300 }, NOW_MS + 300],
    [{ openByMs: NOW_MS + 500, maxSilenceMs: 300 }, NOW_MS + 300],
    [{ deadlineAtMs: NOW_MS + 100 }, Infinity],
  ])('of %j is %d', (limits, expected) => {
    expect(headersDueAtMs(limits, NOW_MS)).toBe(expected);
  });
});

describe(holdErrorMs.name, () => {
  it.each([
    ['long before the client’s clock ends', NOW_MS + 1000, 0],
    ['for a client without a clock', Infinity, 0],
    ['where a timer fired a little early', NOW_MS + 1, CLIENT_FIRST_MS + 1],
    ['as the clock ends', NOW_MS, CLIENT_FIRST_MS],
    ['a little after it', NOW_MS - 100, CLIENT_FIRST_MS - 100],
    ['long after it', NOW_MS - 1000, 0],
  ])('%s', (_when, dueAtMs, expected) => {
    expect(holdErrorMs(dueAtMs, NOW_MS)).toBe(expected);
  });
});
