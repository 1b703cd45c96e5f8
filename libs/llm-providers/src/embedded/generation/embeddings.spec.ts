import { toEmbeddingInputs, toUnitVector } from './embeddings.js';

describe(toEmbeddingInputs.name, () => {
  it.each([
    ['a text', 'one', [{ value: 'one', param: 'input' }]],
    [
      'texts',
      ['one', 'two'],
      [
        { value: 'one', param: 'input[0]' },
        { value: 'two', param: 'input[1]' },
      ],
    ],
    ['tokens', [1, 2], [{ value: [1, 2], param: 'input' }]],
    [
      'lists of tokens',
      [[1, 2], [3]],
      [
        { value: [1, 2], param: 'input[0]' },
        { value: [3], param: 'input[1]' },
      ],
    ],
  ])('%s', (_title, input, expected) => {
    expect(toEmbeddingInputs(input)).toEqual(expected);
  });

  it.each([
    ['', 'input'],
    [['one', ''], 'input[1]'],
  ])('refuses the empty text in %j', (input, param) => {
    expect(() => toEmbeddingInputs(input)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

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
