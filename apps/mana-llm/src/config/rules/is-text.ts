import { settingRule } from './setting-rule.js';

/** A text that is not blank. */
export function IsText(allowed: string): PropertyDecorator {
  return settingRule('text', (value) => typeof value === 'string' && value.trim() !== '', allowed);
}
