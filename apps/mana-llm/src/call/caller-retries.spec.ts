import { callerRetries } from './caller-retries.js';

describe(callerRetries.name, () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['02', 2],
    ['17', 17],
  ])('reads "%s" as %i', (value, count) => {
    expect(callerRetries({ 'x-stainless-retry-count': value })).toBe(count);
  });

  it.each(['', ' ', '-1', '+1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', 'one', '1, 2', '99999999999999999999'])(
    'reads "%s" as no retry',
    (value) => {
      expect(callerRetries({ 'x-stainless-retry-count': value })).toBe(0);
    },
  );

  it('knows of none without the header, or with a list of them', () => {
    expect(callerRetries({})).toBe(0);
    expect(callerRetries({ 'x-stainless-retry-count': ['1'] })).toBe(0);
  });
});
