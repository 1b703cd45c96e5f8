import { countInputs } from './llm-provider.js';

describe(countInputs.name, () => {
  it.each<[Parameters<typeof countInputs>[0], number]>([
    ['a', 1],
    ['', 1],
    [['a'], 1],
    [['a', 'b'], 2],
    [[1, 2, 3], 1],
    [[[1, 2], [3]], 2],
  ])('counts %j as %d', (input, expected) => {
    expect(countInputs(input)).toBe(expected);
  });
});
