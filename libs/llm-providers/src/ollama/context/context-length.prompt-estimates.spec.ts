import type { OllamaChatRequest, OllamaMessage } from '../ollama-api.js';
import { estimatePromptTokens, PromptEstimates } from './context-length.js';

const body = (message: Partial<OllamaMessage>, fields: Partial<OllamaChatRequest> = {}): OllamaChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: '', ...message }],
  stream: false,
  truncate: false,
  shift: false,
  ...fields,
});
const TOOL = { type: 'function', function: { name: 'weather', description: 'x'.repeat(300) } };

describe(estimatePromptTokens.name, () => {
  // The true counts are of common tokenizers, about; the estimate is to lie a little above them.
  it.each<[string, OllamaChatRequest, number, number]>([
    ['an empty message', body({}), 1, 20],
    ['English', body({ content: 'The quick brown fox jumps over the lazy dog. '.repeat(100) }), 1_000, 1_500],
    ['German', body({ content: 'Grüße aus München, schöne Straße! '.repeat(100) }), 900, 1_300],
    ['Russian', body({ content: 'Съешь ещё этих мягких французских булок. '.repeat(100) }), 1_200, 2_500],
    ['Chinese', body({ content: '敏捷的棕色狐狸跳过懒狗。'.repeat(100) }), 700, 1_300],
    ['emoji', body({ content: '🙂'.repeat(100) }), 100, 300],
    ['thinking', body({ thinking: 'a word '.repeat(100) }), 200, 300],
    ['an image', body({ images: ['iVBOR'.repeat(100_000)] }), 256, 1_600],
    ['two images', body({ images: ['a', 'b'] }), 512, 3_200],
    ['tool calls', body({ tool_calls: [{ function: { name: 'f', arguments: { text: 'x'.repeat(400) } } }] }), 100, 200],
    ['tools', body({}, { tools: [TOOL, TOOL] }), 150, 300],
    ['a schema', body({}, { format: { type: 'object', description: 'x'.repeat(300) } }), 75, 150],
    ['a word for a format', body({}, { format: 'json' }), 1, 20],
  ])('counts %s', (_what, request, least, most) => {
    const tokens = estimatePromptTokens(request);
    expect(tokens).toBeGreaterThanOrEqual(least);
    expect(tokens).toBeLessThanOrEqual(most);
    expect(Number.isInteger(tokens)).toBe(true);
  });

  it('counts each message', () => {
    const messages: OllamaMessage[] = Array.from({ length: 100 }, () => ({ role: 'user', content: 'hi' }));
    expect(estimatePromptTokens({ ...body({}), messages })).toBeGreaterThan(500);
  });
});

const bodyOf = (characters: number, fields: object = {}): OllamaChatRequest => ({
  model: 'gemma3:4b',
  messages: [{ role: 'user', content: 'x'.repeat(characters), ...fields }],
  stream: false,
  truncate: false,
  shift: false,
});
const LONG = bodyOf(10_000);

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
    expect(estimate(bodyOf(20_000)) / estimate(LONG)).toBeCloseTo(2, 1);
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
    ['short prompts, where the template outweighs the text', bodyOf(100)],
    ['prompts with images', bodyOf(10_000, { images: ['aaaa'] })],
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
