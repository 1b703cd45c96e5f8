import type { EmbeddingList } from '@mana-llm/openai-api';
import { shareTokens, sumOfShares, usedTokens } from './embedding-batch.js';

describe(usedTokens.name, () => {
  it.each([
    [8, 8],
    [0, undefined],
    [-1, undefined],
    [1.5, undefined],
    [undefined, undefined],
  ])('of the count %s are %s', (prompt_tokens, expected) => {
    expect(usedTokens({ usage: { prompt_tokens } } as EmbeddingList)).toBe(expected);
  });
});

describe(shareTokens.name, () => {
  it.each<[string, number, (string | number[])[], number[]]>([
    ['to one text the whole count', 8, ['Hello'], [8]],
    ['to one empty text the whole count', 8, [''], [8]],
    ['to texts in proportion to their bytes', 12, ['aaaa', '日', 'aaaaa'], [4, 3, 5]],
    ['to lists of tokens their own number', 6, [[1, 2], [3], [4, 5, 6]], [2, 1, 3]],
    ['to equal texts whole numbers that differ by one at most', 10, ['a', 'b', 'c'], [3, 4, 3]],
    ['to no item nothing', 8, [], []],
  ])('gives %s', (_what, tokens, items, expected) => {
    expect(shareTokens(tokens, items)).toEqual(expected);
  });

  it.each([1, 7, 999, 1_000_003])('gives all of %i tokens, and to no item fewer than none', (tokens) => {
    const shares = shareTokens(
      tokens,
      Array.from({ length: 333 }, (_, index) => 'x'.repeat((index * 37) % 101)),
    );
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(tokens);
    expect(shares.every((share) => Number.isInteger(share) && share >= 0)).toBe(true);
  });
});

describe(sumOfShares.name, () => {
  it('adds those that are known', () => {
    expect(sumOfShares([{ tokens: 2 }, {}, undefined, { tokens: 3 }])).toBe(5);
    expect(sumOfShares([{}, undefined])).toBeUndefined();
  });
});
