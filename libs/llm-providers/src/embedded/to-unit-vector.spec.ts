import { toUnitVector } from './to-unit-vector.js';

describe(toUnitVector.name, () => {
  it.each([
    [[3, 4], undefined, [0.6, 0.8]],
    [[3, 4], null, [0.6, 0.8]],
    [[3, 4, 12], 2, [0.6, 0.8]],
    [[0, 5, 1], 1, [0]],
    [[3, 4], 2, [0.6, 0.8]],
  ])('%j with dimensions %p is %j', (vector, dimensions, expected) => {
    expect(toUnitVector(vector, dimensions)).toEqual(expected);
  });

  it('refuses more dimensions than the model has, with both numbers', () => {
    expect(() => toUnitVector([3, 4], 3)).toThrow(/is 3.*have 2/);
  });
});
