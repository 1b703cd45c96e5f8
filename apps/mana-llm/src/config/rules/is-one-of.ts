import { settingRule } from './setting-rule.js';

export function IsOneOf(values: readonly unknown[]): PropertyDecorator {
  return settingRule('oneOf', (value) => values.includes(value), values.join(', '));
}

export function IsSomeOf(values: readonly unknown[]): PropertyDecorator {
  return settingRule(
    'someOf',
    (value) => Array.isArray(value) && value.length > 0 && value.every((one) => values.includes(one)),
    `one or more of ${values.join(', ')}, with commas between them`,
  );
}
