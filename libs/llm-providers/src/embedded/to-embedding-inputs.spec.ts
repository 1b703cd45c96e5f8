import { toEmbeddingInputs } from './to-embedding-inputs.js';

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
    expect(() => toEmbeddingInputs(input)).toThrow(
      expect.objectContaining({ status: 400, body: { error: expect.objectContaining({ param }) } }),
    );
  });
});
