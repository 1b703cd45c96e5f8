import { ValidateBy } from 'class-validator';
import { isModelName, MAX_MODEL_NAME_LENGTH, MODEL_NAME_SCHEMA } from './is-model-name.js';

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
