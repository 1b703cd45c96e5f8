import { ValidateBy } from 'class-validator';

/**
 * A class-validator rule whose message says what is allowed and nothing else: the list of mistakes puts the key and
 * what was found before it.
 */
export function settingRule(name: string, isAllowed: (value: unknown) => boolean, allowed: string): PropertyDecorator {
  return ValidateBy({ name, validator: { validate: isAllowed, defaultMessage: () => allowed } });
}
