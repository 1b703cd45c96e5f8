import { IsOptional } from 'class-validator';
import { IsMilliseconds } from '../rules/is-milliseconds.js';
import { IsNumberFrom } from '../rules/is-number-from.js';

/** `cache` at the top of the file. */
export class CacheEntry {
  @IsMilliseconds(1)
  maxWaitMs?: number;

  @IsOptional()
  @IsNumberFrom(1, 1_048_576, ' of MiB')
  memoryMb?: number;
}
