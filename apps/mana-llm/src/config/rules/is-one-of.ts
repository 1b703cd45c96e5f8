import { settingRule } from './setting-rule.js';

export function IsOneOf(values: readonly unknown[]): PropertyDecorator {
  return settingRule('oneOf', (value) => values.includes(value), values.join(', '));
}
