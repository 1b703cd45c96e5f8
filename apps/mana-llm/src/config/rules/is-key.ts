import { secretRule } from './secret-rule.js';

/** What an HTTP header can carry after `Bearer`; undici refuses anything else and shows it in its error. */
export function isKeyText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

/** A key as a header carries it. */
export function IsKey(): PropertyDecorator {
  return secretRule(isKeyText, 'a key of printable ASCII characters without blanks');
}
