import { ValidateBy } from 'class-validator';

/** Longer than any real name, and short enough for a header, a label and a log line. */
export const MAX_MODEL_NAME_LENGTH = 256;
const ONE_LINE = /^\P{Cc}+$/u;

export function isModelName(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_MODEL_NAME_LENGTH && ONE_LINE.test(value);
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
