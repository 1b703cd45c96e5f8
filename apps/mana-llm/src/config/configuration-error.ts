import type { ConfigurationMistake } from './configuration-mistake.js';

function toLine({ key, found, allowed }: ConfigurationMistake): string {
  return `  - ${key}: found ${found}; allowed: ${allowed}`;
}

/** The configuration cannot be used. `message` is the whole list of mistakes, fit for a terminal and free of secrets. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly mistakes: readonly ConfigurationMistake[]) {
    const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
    const lines = [`mana-llm cannot use its configuration, it has ${count}:`, ...mistakes.map(toLine)];
    super([...lines, 'docs/configuration.md describes every variable and every key of the file.'].join('\n'));
  }
}
