import { ValidateBy } from 'class-validator';
import { isModelName, MAX_MODEL_NAME_LENGTH } from './is-model-name.js';

/** Each may cost a try: a longer chain is a mistake. */
const MAX_NAMES = 20;

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
