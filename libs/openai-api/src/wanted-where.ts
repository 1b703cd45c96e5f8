import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';

/** The key in a property's schema under which its condition stands, until OpenAPI's own words replace it. */
export const WANTED_WHERE = 'x-wanted-where';

/** Beside which values of another field a field must be there. */
export interface Condition {
  by: string;
  values: readonly string[];
  /** Whether its value counts beside other values too; else it may be anything there. */
  isAlwaysChecked: boolean;
}

/** What a property's schema says of it. */
export function describeCondition(condition: Condition): object {
  return { [WANTED_WHERE]: condition };
}

/** A field that is wanted and checked beside these values of another field, and may be anything beside others. */
export function WantedWhere(by: string, ...values: readonly (string | undefined)[]): PropertyDecorator {
  const condition: Condition = {
    by,
    values: values.filter((value) => value !== undefined),
    isAlwaysChecked: false,
  };
  const isWanted = (object: Record<string, unknown>): boolean => values.includes(object[by] as string | undefined);
  return (target, field) => {
    ValidateIf(isWanted)(target, field);
    ApiPropertyOptional(describeCondition(condition))(target, field);
  };
}
