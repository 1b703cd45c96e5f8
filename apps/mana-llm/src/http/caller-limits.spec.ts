import { callerLimits } from './caller-limits.js';

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
