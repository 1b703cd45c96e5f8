import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Max, Min, ValidateBy, ValidateIf } from 'class-validator';

/** Longer than any real name, and short enough for a header, a label and a log line. */
const MAX_MODEL_NAME_LENGTH = 256;
const ONE_LINE = `^[^\\u0000-\\u001f\\u007f-\\u009f]{1,${MAX_MODEL_NAME_LENGTH}}$`;
const IS_ONE_LINE = new RegExp(ONE_LINE, 'u');

/** How a description of an API says it. */
const MODEL_NAME_SCHEMA = {
  type: 'string' as const,
  minLength: 1,
  maxLength: MAX_MODEL_NAME_LENGTH,
  pattern: ONE_LINE,
};

function isModelName(value: unknown): boolean {
  return typeof value === 'string' && IS_ONE_LINE.test(value);
}

/** A class-validator rule: the name of a model, on one line. */
function IsModelName(): PropertyDecorator {
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
const MODEL_NAMES_SCHEMA = { type: 'array' as const, maxItems: MAX_NAMES, items: MODEL_NAME_SCHEMA };

/** A class-validator rule: a list of model names. */
function IsModelNames(): PropertyDecorator {
  return ValidateBy({
    name: 'isModelNames',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.length <= MAX_NAMES && value.every(isModelName),
      defaultMessage: () =>
        `$property must be a list of up to ${MAX_NAMES} model names, each of 1 to ${MAX_MODEL_NAME_LENGTH} characters, without control characters`,
    },
  });
}

/** In the order in which TypeScript applies decorators that stand above a property: the lowest one first. */
export const upwards =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };

/** The `model` of a request, checked and described. */
export function ModelField(): PropertyDecorator {
  const description = '`provider/model`, a bare Ollama model name, or an alias. Left out: the default model.';
  const describe = ApiPropertyOptional({ ...MODEL_NAME_SCHEMA, nullable: true, description });
  return upwards(IsModelName(), IsOptional(), describe);
}

/** The `models` of a request, checked and described. */
export function ModelsField(): PropertyDecorator {
  const description =
    'A chain of models and aliases of the request’s own, tried in order, behind `model` where that is there.';
  const describe = ApiPropertyOptional({ ...MODEL_NAMES_SCHEMA, nullable: true, description });
  return upwards(IsModelNames(), IsOptional(), describe);
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

/** An optional number of a request within these bounds, checked and described. */
export function NumberField(minimum: number, maximum: number): PropertyDecorator {
  const describe = ApiPropertyOptional({ type: Number, nullable: true, minimum, maximum });
  return upwards(Max(maximum), Min(minimum), IsNumber(), IsOptional(), describe);
}

/** An optional whole number of a request, checked and described. Without `maximum` it has no upper bound. */
export function IntegerField(minimum: number, maximum?: number): PropertyDecorator {
  const bounds = maximum === undefined ? { minimum } : { minimum, maximum };
  const describe = ApiPropertyOptional({ type: 'integer', nullable: true, ...bounds });
  const limit = maximum === undefined ? [] : [Max(maximum)];
  return upwards(...limit, Min(minimum), IsInt(), IsOptional(), describe);
}

/** The key in a property's schema under which its condition stands, until a description in OpenAPI's own words replaces it. */
export const REQUIRED_WHERE = 'x-required-where';

/** The values of another field (`by`) with which a field is required. */
export interface FieldCondition {
  by: string;
  values: readonly string[];
  /** True: its value is checked with every value of `by`. False: with other values of `by` it may be anything. */
  isAlwaysChecked: boolean;
}

/** The condition as a part of the property's schema. */
export function describeCondition(condition: FieldCondition): object {
  return { [REQUIRED_WHERE]: condition };
}

/** A decorator: the field is required and checked with these values of the field `by`; with others it may be anything. */
export function RequiredWhere(by: string, ...values: readonly (string | undefined)[]): PropertyDecorator {
  const condition: FieldCondition = {
    by,
    values: values.filter((value) => value !== undefined),
    isAlwaysChecked: false,
  };
  const isRequired = (object: Record<string, unknown>): boolean => values.includes(object[by] as string | undefined);
  return (target, field) => {
    ValidateIf(isRequired)(target, field);
    ApiPropertyOptional(describeCondition(condition))(target, field);
  };
}
