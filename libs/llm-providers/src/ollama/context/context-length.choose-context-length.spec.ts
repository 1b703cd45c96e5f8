import { chooseContextLength, type ContextNeed, largerContextLength } from './context-length.js';

const need = (promptTokens: number, answerTokens?: number, limitTokens?: number): ContextNeed => ({
  promptTokens,
  answerTokens,
  limitTokens,
});

describe(chooseContextLength.name, () => {
  it.each<[string, ContextNeed, number]>([
    ['a word', need(10), 4_096],
    ['prompt and answer to the last token', need(3_096, 1_000), 4_096],
    ['one token more', need(3_097, 1_000), 8_192],
    ['a prompt with room for an answer of unknown length', need(3_000), 8_192],
    ['6,010 tokens', need(6_010, 100), 8_192],
    ['9,000 tokens', need(9_000, 100), 16_384],
    ['17,000 tokens', need(17_000, 100), 32_768],
    ['33,000 tokens', need(33_000, 100), 65_536],
    ['66,000 tokens', need(66_000, 100), 131_072],
    ['more than any bucket', need(1_000_000, 100), 131_072],
    ['a long answer', need(10, 20_000), 32_768],
    ['a limit below the first bucket', need(10, 10, 2_048), 2_048],
    ['a limit between two buckets', need(4_500, 100, 5_000), 5_000],
    ['a limit that is a bucket', need(5_000, 100, 8_192), 8_192],
    ['a limit that it does not fit', need(6_010, 100, 2_048), 2_048],
    ['a limit above all buckets', need(300_000, 100, 1_048_576), 131_072],
  ])('for %s', (_what, needed, expected) => {
    expect(chooseContextLength(needed, undefined)).toBe(expected);
  });

  it.each<[string, ContextNeed, number, number]>([
    ['stays on a larger size', need(10), 32_768, 32_768],
    ['stays on a size of its own', need(10), 5_000, 5_000],
    ['leaves a size that does not suffice', need(6_010), 4_096, 8_192],
    ['leaves a size above the configured limit', need(10, 10, 8_192), 32_768, 4_096],
    ['stays on the limit itself', need(10, 10, 2_048), 2_048, 2_048],
    ['stays on a size above all buckets', need(140_000, 10, 262_144), 262_144, 262_144],
  ])('%s that is loaded', (_what, needed, loaded, expected) => {
    expect(chooseContextLength(needed, loaded)).toBe(expected);
  });
});

describe(largerContextLength.name, () => {
  it.each<[string, ContextNeed, number, number | undefined]>([
    ['the next that holds the prompt', need(6_010, 100), 4_096, 8_192],
    ['one with room for the answer too', need(6_010, 8_000), 4_096, 16_384],
    ['the next where the estimate was too low', need(100, 100), 4_096, 8_192],
    ['the limit', need(4_500, 100, 5_000), 4_096, 5_000],
    ['the limit though the answer will not fit whole', need(6_010, 8_000, 8_192), 4_096, 8_192],
    ['none above the limit', need(6_010, 100, 2_048), 2_048, undefined],
    ['none where the limit itself is too small', need(6_010, 100, 5_000), 4_096, undefined],
    ['none above all buckets', need(200_000, 100), 131_072, undefined],
  ])('is %s', (_what, needed, tried, expected) => {
    expect(largerContextLength(needed, tried)).toBe(expected);
  });
});
