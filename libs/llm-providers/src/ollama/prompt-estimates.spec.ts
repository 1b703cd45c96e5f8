import type { OllamaChatRequest } from './ollama-api.js';
import { PromptEstimates } from './prompt-estimates.js';

const body = (characters: number, fields: object = {}): OllamaChatRequest => ({
  model: 'gemma3:4b',
  messages: [{ role: 'user', content: 'x'.repeat(characters), ...fields }],
  stream: false,
  truncate: false,
  shift: false,
});
const LONG = body(10_000);

describe(PromptEstimates.name, () => {
  let sut: PromptEstimates;
  let plain: number;
  const estimate = (request = LONG): number => sut.of(request).tokens;

  beforeEach(() => {
    sut = new PromptEstimates();
    plain = estimate();
  });

  it.each([
    ['more than was thought', 6_010],
    ['less than was thought', 2_000],
  ])('takes what a refusal says for true where it is %s', (_what, counted) => {
    sut.of(LONG).refused(counted);
    expect(Math.abs(estimate() - counted)).toBeLessThanOrEqual(1);
    expect(estimate(body(20_000)) / estimate(LONG)).toBeCloseTo(2, 1);
  });

  it.each([
    [1_000_000, 4],
    [1, 0.5],
  ])('stays within bounds when a server counts %d', (counted, factor) => {
    sut.of(LONG).refused(counted);
    expect(estimate() / plain).toBeCloseTo(factor, 2);
  });

  it('rises with an answer whose prompt was longer', () => {
    sut.of(LONG).answered(plain * 2);
    expect(estimate() / plain).toBeCloseTo(2, 2);
  });

  it('does not fall below the plain estimate by answers, for those may leave out what was cached', () => {
    for (let count = 0; count < 100; count += 1) sut.of(LONG).answered(10);
    expect(estimate()).toBe(plain);
  });

  it('forgets an odd prompt after some others', () => {
    sut.of(LONG).answered(plain * 3);
    for (let count = 0; count < 30; count += 1) sut.of(LONG).answered(Math.floor(plain * 0.8));
    expect(estimate() / plain).toBeLessThan(1.1);
    expect(estimate()).toBeGreaterThanOrEqual(plain);
  });

  it.each<[string, OllamaChatRequest]>([
    ['short prompts, where the template outweighs the text', body(100)],
    ['prompts with images', body(10_000, { images: ['aaaa'] })],
  ])('does not learn from %s', (_what, request) => {
    sut.of(request).refused(8_000);
    sut.of(request).answered(8_000);
    expect(estimate()).toBe(plain);
  });

  it('learns for each model by itself, whatever it is called', () => {
    sut.of(LONG).refused(plain * 2);
    expect(estimate({ ...LONG, model: 'registry.ollama.ai/library/Gemma3:4b' })).toBe(estimate());
    expect(estimate({ ...LONG, model: 'other' })).toBe(plain);
  });
});
