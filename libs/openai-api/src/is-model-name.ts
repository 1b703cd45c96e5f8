import { ValidateBy } from 'class-validator';

/** Longer than any real name, and short enough for a header, a label and a log line. */
const MAX_LENGTH = 256;
const ONE_LINE = /^\P{Cc}+$/u;

/** A class-validator rule: the name of a model, on one line. */
export function IsModelName(): PropertyDecorator {
  return ValidateBy({
    name: 'isModelName',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && value.length <= MAX_LENGTH && ONE_LINE.test(value),
      defaultMessage: () => `$property must be a string of 1 to ${MAX_LENGTH} characters, without control characters`,
    },
  });
}
