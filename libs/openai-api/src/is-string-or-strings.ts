import { ValidateBy } from 'class-validator';

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
