import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';

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
