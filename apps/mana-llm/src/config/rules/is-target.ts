import { settingRule } from './setting-rule.js';

export function isTarget(value: unknown): value is string {
  return typeof value === 'string' && /^\S+$/.test(value);
}

/** What a chain leads to. */
export function IsTarget(): PropertyDecorator {
  return settingRule('target', isTarget, 'a model (provider/model) or an alias');
}
