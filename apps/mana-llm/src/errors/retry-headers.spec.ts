import { retryHeaders } from './retry-headers.js';

describe(retryHeaders.name, () => {
  it.each([
    [0, '1', '0'],
    [400, '1', '400'],
    [1_000, '1', '1000'],
    [1_000.6, '2', '1001'],
    [1_001, '2', '1001'],
    [60_000, '60', '60000'],
  ])('asks for %s ms in whole seconds, never too few, and exactly', (retryAfterMs, seconds, ms) => {
    expect(retryHeaders(retryAfterMs)).toEqual({ 'retry-after': seconds, 'retry-after-ms': ms });
  });
});
