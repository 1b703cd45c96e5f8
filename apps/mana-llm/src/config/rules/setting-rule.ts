import { isJsonObject } from '@mana-llm/openai-api';
import { applyDecorators } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import {
  getMetadataStorage,
  IsOptional,
  ValidateBy,
  ValidateNested,
  type ValidationError,
  validateSync,
} from 'class-validator';
import { type ConfigurationMistake, describeForm, describeValue } from '../configuration-mistake.js';

/** The name of every rule whose values are never shown. */
const SECRET_RULE = 'secret';
/** The name of every rule for a mapping. A mapping may hold secrets, so only its form is shown. */
const SECTION_RULE = 'section';
/** class-validator's name for a key that the class does not have. */
const UNKNOWN_KEY_RULE = 'whitelistValidation';

/**
 * A class-validator rule. Its message says only what is allowed: the list of mistakes puts the key and what was found
 * before it.
 */
export function settingRule(name: string, isAllowed: (value: unknown) => boolean, allowed: string): PropertyDecorator {
  return ValidateBy({ name, validator: { validate: isAllowed, defaultMessage: () => allowed } });
}

/** A rule for a setting that holds a secret, or may hold one. */
export function secretRule(isAllowed: (value: unknown) => boolean, allowed: string): PropertyDecorator {
  return settingRule(SECRET_RULE, isAllowed, allowed);
}

/** A part of the file with keys of its own, which `sectionClass` describes; it may be left out. */
export function Section(sectionClass: new () => object): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    settingRule(SECTION_RULE, isJsonObject, 'a mapping of keys to values'),
    ValidateNested(),
    Type(() => sectionClass),
  );
}

/** A part of the file whose keys the user chooses. */
export function IsMapping(of: string): PropertyDecorator {
  return settingRule(SECTION_RULE, isJsonObject, `a mapping of ${of}`);
}

/** How the text of a variable becomes its value. `read` returns a text that it cannot read as it is: the rule refuses it. */
export function ReadAs(read: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? read(value) : value));
}

/** The names of all settings that an object may have: the properties of its class that have a rule. */
export function settingNames(settings: object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(settings.constructor, '', false, false);
  return [...new Set(rules.map((rule) => rule.propertyName))];
}

function describeFound(rule: string, raw: unknown): string {
  if (rule === SECTION_RULE || raw === undefined) return describeForm(raw);
  return rule === SECRET_RULE ? 'a value that is not shown here' : describeValue(raw);
}

function toMistakes(error: ValidationError, rawParent: unknown, path: string): ConfigurationMistake[] {
  const key = `${path}${error.property}`;
  const raw = isJsonObject(rawParent) ? rawParent[error.property] : undefined;
  const rules = Object.keys(error.constraints ?? {});
  if (rules.includes(UNKNOWN_KEY_RULE)) {
    return [{ key, found: 'an unknown key', allowed: settingNames(error.target ?? {}).join(', ') }];
  }
  // A setting has one rule of ours. A section also has class-validator's own rule for nested values.
  const rule = rules.find((name) => name === SECTION_RULE) ?? rules[0];
  if (rule === undefined) return (error.children ?? []).flatMap((child) => toMistakes(child, raw, `${key}.`));
  return [{ key, found: describeFound(rule, raw), allowed: error.constraints?.[rule] ?? '' }];
}

/**
 * What is wrong with an instance of a class of settings. `raw` is what the user wrote, before variables were replaced: a
 * mistake shows nothing else. `path` stands before each key.
 */
export function findMistakes(instance: object, raw: unknown, path: string): ConfigurationMistake[] {
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true });
  return errors.flatMap((error) => toMistakes(error, raw, path));
}
