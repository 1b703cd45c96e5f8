import { applyDecorators } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { IsWholeNumberFrom } from './is-number-from.js';

const DAY_MS = 86_400_000;

/** A length of time in the file; it may be left out. */
export function IsMilliseconds(min: number): PropertyDecorator {
  return applyDecorators(IsOptional(), IsWholeNumberFrom(min, DAY_MS, ' of milliseconds'));
}
