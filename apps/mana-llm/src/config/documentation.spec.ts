import { readFileSync } from 'node:fs';
import { KNOWN_PROVIDERS } from '@mana-llm/llm-providers';
import { baseUrlVariable, Environment } from './environment.js';
import { AliasEntry, WeightedEntry } from './file/aliases.js';
import { BreakerEntry, CacheEntry, ConfigFileRoot, LimitsEntry, RoutingEntry, TimeoutsEntry } from './file/sections.js';
import { EmbeddedEntry, OllamaEntry, OpenAiCompatibleEntry } from './file/provider-entry.js';
import { loadConfiguration } from './load-configuration.js';
import { settingNames } from './rules/setting-rule.js';

const FILE_CLASSES = [
  AliasEntry,
  CacheEntry,
  ConfigFileRoot,
  EmbeddedEntry,
  LimitsEntry,
  OllamaEntry,
  OpenAiCompatibleEntry,
  RoutingEntry,
  TimeoutsEntry,
  WeightedEntry,
];

const variables = settingNames(Environment.prototype);
const documentation = readFileSync('docs/configuration.md', 'utf8');
const exampleLines = readFileSync('.env.example', 'utf8').split('\n');

describe('the documentation of the configuration', () => {
  it.each(variables)('names the variable %s', (name) => {
    expect(documentation).toContain(`\`${name}\``);
  });

  it.each(FILE_CLASSES)('names every key of %p', (settingsClass) => {
    const missing = settingNames(settingsClass.prototype).filter((name) => !documentation.includes(`\`${name}\``));
    expect(missing.filter((name) => name !== 'breaker')).toEqual([]);
  });

  it.each(settingNames(BreakerEntry.prototype))('names breaker.%s', (name) => {
    expect(documentation).toContain(`\`breaker.${name}\``);
  });

  it('has every variable in .env.example, commented and with its default', () => {
    const defaults: Record<string, string | number | boolean | string[] | undefined> = {
      ...new Environment(),
      OLLAMA_URL: 'http://localhost:11434',
      OLLAMA_TIMEOUT: 120,
      OLLAMA_MAX_CONCURRENT: 4,
      ...Object.fromEntries(KNOWN_PROVIDERS.map((known) => [baseUrlVariable(known), known.baseUrl])),
    };
    const expected = variables.map((name) => `#${name}=${String(defaults[name] ?? '')}`);
    expect(exampleLines).toEqual(expect.arrayContaining(expected));
  });

  it('has an example of the file that can be used as it is', () => {
    const { providers, routing, warnings } = loadConfiguration({ MANA_LLM_CONFIG: 'mana-llm.example.yaml' });
    expect(providers.settings.map(({ name }) => name)).toEqual(['ollama']);
    expect(routing.defaultModel).toBe('mana/fast-text');
    expect(warnings).toEqual([
      'aliases.mana/fast-text: groq/llama-3.1-8b-instant is skipped until GROQ_API_KEY is set.',
    ]);
  });
});
