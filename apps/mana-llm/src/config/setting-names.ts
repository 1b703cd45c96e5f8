import { getMetadataStorage } from 'class-validator';

/** The names of all settings that an object may have: the properties of its class that have a rule. */
export function settingNames(settings: object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(settings.constructor, '', false, false);
  return [...new Set(rules.map((rule) => rule.propertyName))];
}
