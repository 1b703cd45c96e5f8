import { isJsonObject } from '@mana-llm/openai-api';
import { type ValidationError, validateSync } from 'class-validator';
import type { ConfigurationMistake } from './configuration-mistake.js';
import { describeForm, describeValue } from './describe-value.js';
import { SECRET_RULE } from './rules/secret-rule.js';
import { SECTION_RULE } from './rules/section.js';
import { settingNames } from './setting-names.js';

/** class-validator's name for a key that the class does not have. */
const UNKNOWN_KEY_RULE = 'whitelistValidation';

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
  // A setting has one rule of ours; a section has class-validator's own rule for nested values beside it.
  const rule = rules.find((name) => name === SECTION_RULE) ?? rules[0];
  if (rule === undefined) return (error.children ?? []).flatMap((child) => toMistakes(child, raw, `${key}.`));
  return [{ key, found: describeFound(rule, raw), allowed: error.constraints?.[rule] ?? '' }];
}

/**
 * What is wrong with an instance of a class of settings. `raw` is what the user wrote, before substitution: only that
 * is ever shown. `path` stands before each key.
 */
export function findMistakes(instance: object, raw: unknown, path: string): ConfigurationMistake[] {
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true });
  return errors.flatMap((error) => toMistakes(error, raw, path));
}
