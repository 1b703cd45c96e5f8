import { isDevelopment } from './is-development.js';

describe(isDevelopment.name, () => {
  it.each([
    [undefined, true],
    ['', true],
    ['development', true],
    ['staging', true],
    ['production', false],
    [' production ', false],
    ['test', false],
  ])('NODE_ENV %j: %s', (nodeEnv, expected) => {
    expect(isDevelopment({ NODE_ENV: nodeEnv })).toBe(expected);
  });
});
