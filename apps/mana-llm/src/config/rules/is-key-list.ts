import { isKeyText } from './is-key.js';
import { secretRule } from './secret-rule.js';

export function IsKeyList(): PropertyDecorator {
  return secretRule(
    (value) => Array.isArray(value) && value.length > 0 && value.every(isKeyText),
    'one or more keys with commas between them, each of printable ASCII characters without blanks',
  );
}
