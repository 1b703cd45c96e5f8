import type { ErrorRenderer } from './error-renderer.js';
import { OPENAI_ERRORS } from './openai-errors.js';
import { Surfaces } from './surface.module.js';

const renderer = (name: string): ErrorRenderer => ({
  body: () => ({}),
  schema: { name, is: { type: 'object' } },
  lastFrames: () => [],
  streamEnd: [],
});
const CHAT = renderer('ChatError');
const INNER = renderer('InnerError');

describe(Surfaces.name, () => {
  const surfaces = new Surfaces();
  surfaces.register({ path: '/v1/chat', body: 'json', errors: CHAT });
  surfaces.register({ path: '/v1/chat/inner', errors: INNER });

  it.each(['/v1/chat', '/v1/chat/', '/v1/chat/ollama/m', '/v1/chat?x', '/V1/Chat/x'])('knows whose %s is', (url) => {
    expect(surfaces.errorsOf(url)).toBe(CHAT);
  });

  it('takes the closer one of two surfaces', () => {
    expect(surfaces.errorsOf('/v1/chat/inner/x')).toBe(INNER);
  });

  it.each(['/v1/aliases', '/v1/chats', '/v1', '/', '', undefined])(
    'has OpenAI’s errors for %s, which is nobody’s',
    (url) => {
      expect(surfaces.errorsOf(url)).toBe(OPENAI_ERRORS);
    },
  );

  it('has the schema of each, and of OpenAI’s errors', () => {
    expect(Object.keys(surfaces.errorSchemas()).sort()).toEqual(['ChatError', 'Error', 'InnerError']);
  });

  it('knows the paths whose bodies are read', () => {
    expect(surfaces.bodyPaths('json')).toEqual(['/v1/chat']);
  });
});
