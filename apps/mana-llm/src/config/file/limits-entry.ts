import { IsOptional } from 'class-validator';
import { IsMilliseconds } from '../rules/is-milliseconds.js';
import { IsNumberFrom, IsWholeNumberFrom } from '../rules/is-number-from.js';

/** `limits` under a provider. */
export class ProviderLimitsEntry {
  /** 0: no limit. */
  @IsOptional()
  @IsWholeNumberFrom(0, 100_000)
  concurrent?: number;

  @IsOptional()
  @IsWholeNumberFrom(0, 1_000_000)
  queued?: number;
}

/** `limits` at the top of the file. */
export class LimitsEntry extends ProviderLimitsEntry {
  @IsOptional()
  @IsNumberFrom(0.001, 1024, ' of MiB')
  bodyMb?: number;

  @IsOptional()
  @IsWholeNumberFrom(1, 65_536, ' of MiB')
  bodiesInFlightMb?: number;

  @IsOptional()
  @IsNumberFrom(0.001, 256, ' of MiB')
  answerMb?: number;

  @IsOptional()
  @IsWholeNumberFrom(16, 4096, ' of levels')
  jsonDepth?: number;

  @IsOptional()
  @IsWholeNumberFrom(1000, 100_000_000)
  jsonValues?: number;

  /** 0: no heartbeats. */
  @IsMilliseconds(0)
  heartbeatMs?: number;

  @IsMilliseconds(1)
  stalledClientMs?: number;
}
