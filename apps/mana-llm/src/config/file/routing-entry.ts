import { IsOptional } from 'class-validator';
import { IsMilliseconds } from '../rules/is-milliseconds.js';
import { IsWholeNumberFrom } from '../rules/is-number-from.js';
import { Section } from '../rules/section.js';

export class BreakerEntry {
  @IsOptional()
  @IsWholeNumberFrom(1, 1_000_000_000)
  failures?: number;

  @IsMilliseconds(1)
  openMs?: number;
}

/** `routing`, at the top of the file or under a provider. */
export class RoutingEntry {
  @IsOptional()
  @IsWholeNumberFrom(0, 100)
  retries?: number;

  @IsMilliseconds(0)
  retryBudgetMs?: number;

  @Section(BreakerEntry)
  breaker?: BreakerEntry;

  /** 0: never. */
  @IsMilliseconds(0)
  hedgeAfterMs?: number;
}
