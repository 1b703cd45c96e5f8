import { ApiError } from '@mana-llm/openai-api';
import type { Caller } from '../call/gateway-call.js';
import { cacheScope } from './cache-scope.js';

const within = (caller: Caller, name?: string): string | undefined =>
  cacheScope(caller, name === undefined ? {} : { 'x-mana-llm-cache-scope': name });

/** Where the gateway has no keys. */
const scopeOf = (sentKey?: string, name?: string, principal = '10.0.0.1'): string | undefined =>
  within({ principal, isKeyChecked: false, ...(sentKey === undefined ? {} : { sentKey }) }, name);

/** Where it has keys. */
const scopeOfKey = (principal: string, name?: string): string | undefined =>
  within({ principal, isKeyChecked: true }, name);

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

  it('is where there are no keys the same from everywhere, for the same sent key as ever', () => {
    expect(scopeOf('k', 'a', '10.0.0.1')).toBe(scopeOf('k', 'a', '10.0.0.2'));
    expect(scopeOf(undefined, undefined, '10.0.0.2')).toBeUndefined();
    expect(scopeOf('k', 'a')).toBe('979fd7f1f74749cb768e1a67ffb02d3484393d9d1f564345d0e89a32e26031a8');
  });

  it('is where there are keys that of the key that was checked, and of the header within it', () => {
    expect(scopeOfKey('key-1')).toBe(scopeOfKey('key-1', ''));
    const scopes = [
      scopeOfKey('key-1'),
      scopeOfKey('key-2'),
      scopeOfKey('key-1', 'a'),
      scopeOfKey('key-2', 'a'),
      scopeOf('key-1'),
      scopeOf('key-1', 'a'),
      scopeOf('checked', 'key-1'),
      scopeOf(undefined, 'a'),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
    expect(scopes).not.toContain(undefined);
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
