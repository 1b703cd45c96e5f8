import { ApiError } from '@mana-llm/openai-api';
import { cacheScope } from './cache-scope.js';

const scopeOf = (key?: string, name?: string): string | undefined =>
  cacheScope(key === undefined ? {} : { key }, name === undefined ? {} : { 'x-mana-llm-cache-scope': name });

describe(cacheScope.name, () => {
  it.each([[undefined], ['']])('is nobody’s own without a key and with %j as header', (name) => {
    expect(scopeOf(undefined, name)).toBeUndefined();
  });

  it('is the same for the same key and header', () => {
    expect(scopeOf('k', 'a')).toBe(scopeOf('k', 'a'));
    expect(scopeOf('k', '')).toBe(scopeOf('k'));
  });

  it('is another one for another key, another header, and a key that looks like a header', () => {
    const scopes = [
      scopeOf('k'),
      scopeOf('l'),
      scopeOf(undefined, 'k'),
      scopeOf('k', 'a'),
      scopeOf('l', 'a'),
      scopeOf(undefined, 'a'),
      scopeOf('ka'),
      scopeOf('k","a'),
      scopeOf(''),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
  });

  it('shows neither the key nor the header', () => {
    expect(scopeOf('sk-secret', 'tenant')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes a header of 256 characters and refuses a longer one, saying so', () => {
    expect(scopeOf('k', 'x'.repeat(256))).toBeDefined();
    const refused = (): unknown => scopeOf('k', 'x'.repeat(257));
    expect(refused).toThrow(ApiError);
    expect(refused).toThrow(/x-mana-llm-cache-scope is longer than 256 characters/);
  });
});
