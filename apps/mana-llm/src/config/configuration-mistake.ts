/** One wrong setting. No field ever holds a secret. */
export interface ConfigurationMistake {
  /** The variable, or the file and the path in it: `mana-llm.yaml: providers.vllm.kind`. */
  key: string;
  found: string;
  allowed: string;
}

/** A value that was read, and what is wrong with it: one error lists the mistakes of all values. */
export interface Checked<T> {
  value: T;
  mistakes: ConfigurationMistake[];
}

function toLine({ key, found, allowed }: ConfigurationMistake): string {
  return `  - ${key}: found ${found}; allowed: ${allowed}`;
}

/** The configuration cannot be used. `message` is the list of all mistakes for a terminal, without secrets. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly mistakes: readonly ConfigurationMistake[]) {
    const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
    const lines = [`mana-llm cannot use its configuration. It has ${count}:`, ...mistakes.map(toLine)];
    super([...lines, 'docs/configuration.md describes every variable and every key of the file.'].join('\n'));
  }
}

const MAX_SHOWN_LENGTH = 80;

/** Credentials stand before the last `@` of a URL or in its query. */
function withoutCredentials(text: string): string {
  return text.replace(/^.*@/s, '***@').replace(/\?.*$/s, '?***');
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}...`;
}

/** The form of a value, where the value itself may be a secret. */
export function describeForm(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** A wrong value as a list of mistakes shows it. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(withoutCredentials(value)));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return describeForm(value);
}
