import { settingRule } from './setting-rule.js';

/** The name of every rule whose values are never shown. */
export const SECRET_RULE = 'secret';

/** A rule for a setting that holds a secret, or may hold one. */
export function secretRule(isAllowed: (value: unknown) => boolean, allowed: string): PropertyDecorator {
  return settingRule(SECRET_RULE, isAllowed, allowed);
}
