import { IsOptional } from 'class-validator';
import { IsWholeNumberFrom } from '../rules/is-number-from.js';
import { IsTarget } from '../rules/is-target.js';

/** An entry of a chain that is a mapping, and not a text alone. */
export class WeightedEntry {
  @IsTarget()
  model!: string;

  @IsOptional()
  @IsWholeNumberFrom(1, 1000)
  weight?: number;
}
