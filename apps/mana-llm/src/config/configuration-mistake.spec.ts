import { ConfigurationError } from './configuration-mistake.js';

describe(ConfigurationError.name, () => {
  it('lists every mistake on a line of its own', () => {
    const error = new ConfigurationError([
      { key: 'PORT', found: '"x"', allowed: 'a whole number' },
      { key: 'f.yaml: default', found: 'nothing', allowed: 'a model' },
    ]);
    expect(error.message.split('\n')).toEqual([
      'mana-llm cannot use its configuration. It has 2 mistakes:',
      '  - PORT: found "x"; allowed: a whole number',
      '  - f.yaml: default: found nothing; allowed: a model',
      'docs/configuration.md describes every variable and every key of the file.',
    ]);
  });

  it('counts a single mistake in words', () => {
    expect(new ConfigurationError([{ key: 'a', found: 'b', allowed: 'c' }]).message).toContain('has one mistake:');
  });
});
