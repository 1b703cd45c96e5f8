import { isReproducible } from './is-reproducible.js';

describe(isReproducible.name, () => {
  it.each<[Parameters<typeof isReproducible>[0], boolean]>([
    [{ temperature: 0 }, true],
    [{ seed: 0 }, true],
    [{ temperature: 1, seed: 7 }, true],
    [{}, false],
    [{ temperature: 0.1 }, false],
    [{ temperature: null, seed: null }, false],
  ])('says of %j: %s', (request, expected) => {
    expect(isReproducible(request)).toBe(expected);
  });
});
