import { applyDecorators } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { settingRule } from './setting-rule.js';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;

/** Reads plain decimals only: `Number` would also read `0x10`, `1e3` and the empty text. */
export function toNumber(text: string): number | string {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

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

/** A duration in a variable. */
export function IsSeconds(min: number, max = DAY_SECONDS): PropertyDecorator {
  return IsNumberFrom(min, max, ' of seconds');
}

/** A duration in the file; it may be left out. */
export function IsMilliseconds(min: number): PropertyDecorator {
  return applyDecorators(IsOptional(), IsWholeNumberFrom(min, DAY_MS, ' of milliseconds'));
}

/** A size, fractions allowed. */
export function IsMebibytes(min: number, max: number): PropertyDecorator {
  return IsNumberFrom(min, max, ' of MiB');
}
