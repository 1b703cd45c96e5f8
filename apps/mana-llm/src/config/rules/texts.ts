import { isJsonObject } from '@mana-llm/openai-api';
import { settingRule } from './setting-rule.js';

/** The items of a text with commas between them. */
export function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function toLowerCase(text: string): string {
  return text.toLowerCase();
}

/** A text that is not blank. */
export function IsText(allowed: string): PropertyDecorator {
  return settingRule('text', (value) => typeof value === 'string' && value.trim() !== '', allowed);
}

/** A list with one item or more, all of which `isItem` accepts. */
export function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem);
}

export function IsOneOf(values: readonly unknown[]): PropertyDecorator {
  return settingRule('oneOf', (value) => values.includes(value), values.join(', '));
}

export function IsSomeOf(values: readonly unknown[]): PropertyDecorator {
  return settingRule(
    'someOf',
    (value) => isListOf(value, (item) => values.includes(item)),
    `one or more of ${values.join(', ')}, with commas between them`,
  );
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

export function IsRenamedFields(): PropertyDecorator {
  return settingRule(
    'renamedFields',
    (value) => isJsonObject(value) && Object.values(value).every((name) => name === null || isName(name)),
    "a mapping of request fields to the provider's names for them, or to null where the provider does not know the field",
  );
}

export function IsRenamedRoles(): PropertyDecorator {
  return settingRule(
    'renamedRoles',
    (value) => isJsonObject(value) && Object.values(value).every(isName),
    "a mapping of roles to the provider's names for them",
  );
}
