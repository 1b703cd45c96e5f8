import { estimatePromptTokens } from './estimate-prompt-tokens.js';
import type { OllamaChatRequest, OllamaMessage } from './ollama-api.js';

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
