import { ValidateBy } from 'class-validator';

/** Longer than any real name, and short enough for a header, a label and a log line. */
const MAX_MODEL_NAME_LENGTH = 256;
const ONE_LINE = `^[^\\u0000-\\u001f\\u007f-\\u009f]{1,${MAX_MODEL_NAME_LENGTH}}$`;
const IS_ONE_LINE = new RegExp(ONE_LINE, 'u');

/** How a description of an API says it. */
export const MODEL_NAME_SCHEMA = {
  type: 'string' as const,
  minLength: 1,
  maxLength: MAX_MODEL_NAME_LENGTH,
  pattern: ONE_LINE,
};

function isModelName(value: unknown): boolean {
  return typeof value === 'string' && IS_ONE_LINE.test(value);
}

/** A class-validator rule: the name of a model, on one line. */
export function IsModelName(): PropertyDecorator {
  return ValidateBy({
    name: 'isModelName',
    validator: {
      validate: isModelName,
      defaultMessage: () =>
        `$property must be a string of 1 to ${MAX_MODEL_NAME_LENGTH} characters, without control characters`,
    },
  });
}

/** Each may cost a try: a longer chain is a mistake. */
const MAX_NAMES = 20;

/** How a description of an API says it. */
export const MODEL_NAMES_SCHEMA = { type: 'array' as const, maxItems: MAX_NAMES, items: MODEL_NAME_SCHEMA };

/** A class-validator rule: a list of model names. */
export function IsModelNames(): PropertyDecorator {
  return ValidateBy({
    name: 'isModelNames',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.length <= MAX_NAMES && value.every(isModelName),
      defaultMessage: () =>
        `$property must be a list of up to ${MAX_NAMES} model names, each of 1 to ${MAX_MODEL_NAME_LENGTH} characters, without control characters`,
    },
  });
}

/** A class-validator rule: a string, or a list of strings. */
export function IsStringOrStrings(): PropertyDecorator {
  return ValidateBy({
    name: 'isStringOrStrings',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string')),
      defaultMessage: () => '$property must be a string or a list of strings',
    },
  });
}
