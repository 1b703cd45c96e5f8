import { settingRule } from './setting-rule.js';

const isName = (value: unknown): boolean => typeof value === 'string' && /^\S+$/.test(value);

export function IsChain(): PropertyDecorator {
  return settingRule(
    'chain',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isName),
    'a list of one or more models (provider/model) or aliases',
  );
}
