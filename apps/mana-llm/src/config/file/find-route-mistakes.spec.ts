import { processorMs } from '@mana-llm/llm-providers/testing';
import { findRouteMistakes } from './find-route-mistakes.js';

type Written = string | { model: string; weight: number };

function find(chains: Record<string, Written[]>, defaultModel?: string) {
  const written = Object.entries(chains).map(([name, chain]) => [name, { chain }] as const);
  const raw = { aliases: Object.fromEntries(written), default: defaultModel };
  const toEntry = (entry: Written) => (typeof entry === 'string' ? { model: entry } : entry);
  const entries = written.map(([name, { chain }]) => [name, { chain: chain.map(toEntry) }] as const);
  const providerNames = new Set(['ollama', 'groq']);
  return findRouteMistakes({ aliases: new Map(entries), default: defaultModel, providerNames, raw }, 'f: ');
}

describe(findRouteMistakes.name, () => {
  it.each([
    [{ 'mana/fast': ['ollama/gemma3:4b', 'groq/meta-llama/x', 'GROQ/x'] }],
    [{ fast: ['gemma3:4b'] }],
    [{ fast: ['hf.co/org/model:Q4_K_M'] }],
    [{ 'mana/a': [{ model: 'mana/b', weight: 1 }, 'gemma3:4b'], 'mana/b': [{ model: 'groq/x', weight: 2 }] }],
    [{ 'mana/a': ['mana/b', 'groq/x'], 'mana/b': ['groq/x'] }],
    [{ 'mana/a': ['mana/b', 'mana/c'], 'mana/b': ['mana/c'], 'mana/c': ['groq/x'] }],
  ])('accepts %j', (chains) => {
    expect(find(chains)).toEqual([]);
  });

  it.each(['mana/a', 'groq/x', 'gemma3:4b'])('accepts %s as the default', (name) => {
    expect(find({ 'mana/a': ['groq/x'] }, name)).toEqual([]);
  });

  it.each([
    [{ 'mana/a': ['groq/x', 'grok/x'] }, 'f: aliases.mana/a.chain[1]', '"grok/x"'],
    [{ 'mana/a': ['groq/x', { model: 'grok/x', weight: 2 }] }, 'f: aliases.mana/a.chain[1]', '"grok/x"'],
    [{ 'mana/a': ['mana/b'] }, 'f: aliases.mana/a.chain[0]', '"mana/b"'],
    [{ 'mana/a': ['groq/'] }, 'f: aliases.mana/a.chain[0]', '"groq/"'],
    [{ 'mana/a': ['Groq'] }, 'f: aliases.mana/a.chain[0]', '"Groq"'],
  ])('refuses the unknown target in %j', (chains, key, found) => {
    const allowed = 'provider/model with a provider of ollama, groq; or an alias (mana/a)';
    expect(find(chains)).toEqual([{ key, found, allowed }]);
  });

  it('refuses a default that names nothing', () => {
    const allowed = 'provider/model with a provider of ollama, groq';
    expect(find({}, 'mana/none')).toEqual([{ key: 'f: default', found: '"mana/none"', allowed }]);
  });

  it.each(['groq/fast', 'GROQ/fast', 'ollama'])('refuses the alias name %s, which a provider has taken', (name) => {
    expect(find({ [name]: ['groq/x'] })).toMatchObject([{ key: `f: aliases.${name}`, found: JSON.stringify(name) }]);
  });

  it.each(['', 'two words'])('refuses the alias name %j', (name) => {
    expect(find({ [name]: ['groq/x'] })).toMatchObject([{ allowed: 'an alias name without blanks' }]);
  });

  it.each([
    [{ a: ['a'] }, ['a -> a']],
    [{ a: [{ model: 'a', weight: 1 }, 'groq/x'] }, ['a -> a']],
    [{ a: ['b'], b: ['c'], c: ['a'] }, ['a -> b -> c -> a', 'b -> c -> a -> b', 'c -> a -> b -> c']],
    [{ a: ['b'], b: ['b', 'groq/x'] }, ['b -> b']],
  ])('refuses the cycle in %j', (chains, found) => {
    expect(find(chains).map((mistake) => mistake.found)).toEqual(found);
  });

  it('follows a long chain of aliases once', () => {
    const chains = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`a${index}`, [`a${index + 1}`]]));
    const look = () => expect(find({ ...chains, a2000: ['groq/x'] })).toEqual([]);
    expect(processorMs(look)).toBeLessThan(5000);
  });
});
