import { DEFAULT_RENAMED_ROLES, KNOWN_PROVIDERS } from './known-providers.js';

describe('the known providers', () => {
  it('are the promised ones, each with its own name and key', () => {
    expect(KNOWN_PROVIDERS.map(({ name, keyVariable }) => [name, keyVariable])).toEqual([
      ['openrouter', 'OPENROUTER_API_KEY'],
      ['groq', 'GROQ_API_KEY'],
      ['together', 'TOGETHER_API_KEY'],
      ['openai', 'OPENAI_API_KEY'],
      ['google', 'GOOGLE_API_KEY'],
      ['mistral', 'MISTRAL_API_KEY'],
      ['deepseek', 'DEEPSEEK_API_KEY'],
      ['xai', 'XAI_API_KEY'],
      ['cerebras', 'CEREBRAS_API_KEY'],
      ['fireworks', 'FIREWORKS_API_KEY'],
    ]);
  });

  it.each(KNOWN_PROVIDERS.map(({ name, baseUrl }) => [name, baseUrl]))(
    'reach %s over TLS at a URL that paths can be put behind',
    (_name, baseUrl) => {
      const { protocol, search, href } = new URL(baseUrl);
      expect([protocol, search, href]).toEqual(['https:', '', baseUrl]);
      expect(baseUrl).not.toMatch(/\/$/);
    },
  );

  it('say system for developer, but for the one that knows the role', () => {
    expect(DEFAULT_RENAMED_ROLES).toEqual({ developer: 'system' });
    expect(KNOWN_PROVIDERS.filter(({ renamedRoles }) => renamedRoles !== undefined).map(({ name }) => name)).toEqual([
      'openai',
    ]);
  });
});
