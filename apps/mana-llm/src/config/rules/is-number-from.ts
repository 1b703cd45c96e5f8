import { settingRule } from './setting-rule.js';

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

/** A number from `min` to `max`, fractions allowed. */
export function IsNumberFrom(min: number, max: number, unit = ''): PropertyDecorator {
  return settingRule('number', (value) => isBetween(value, min, max), `a number${unit} from ${min} to ${max}`);
}

/** A whole number from `min` to `max`. */
export function IsWholeNumberFrom(min: number, max: number, unit = ''): PropertyDecorator {
  return settingRule(
    'wholeNumber',
    (value) => isBetween(value, min, max) && Number.isInteger(value),
    `a whole number${unit} from ${min} to ${max}`,
  );
}
