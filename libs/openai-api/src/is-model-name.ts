import { ValidateBy } from 'class-validator';

/** Longer than any real name, and short enough for a header, a label and a log line. */
export const MAX_MODEL_NAME_LENGTH = 256;
const ONE_LINE = `^[^\\u0000-\\u001f\\u007f-\\u009f]{1,${MAX_MODEL_NAME_LENGTH}}$`;
const IS_ONE_LINE = new RegExp(ONE_LINE, 'u');

/** How a description of an API says it. */
export const MODEL_NAME_SCHEMA = {
  type: 'string' as const,
  minLength: 1,
  maxLength: MAX_MODEL_NAME_LENGTH,
  pattern: ONE_LINE,
};

export function isModelName(value: unknown): boolean {
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
