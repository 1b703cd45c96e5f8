import type { JsonObject } from '@mana-llm/openai-api';
import { IsOptional } from 'class-validator';
import { IsMebibytes, IsMilliseconds, IsWholeNumberFrom } from '../rules/numbers.js';
import { IsMapping, Section } from '../rules/setting-rule.js';
import { IsText } from '../rules/texts.js';

/** `timeouts`, at the top of the file or under a provider. */
export class TimeoutsEntry {
  @IsMilliseconds(1)
  connectMs?: number;

  @IsMilliseconds(1)
  firstTokenMs?: number;

  @IsMilliseconds(1)
  idleMs?: number;

  @IsMilliseconds(1)
  totalMs?: number;
}

/** `routing.breaker`. */
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
  @IsMebibytes(0.001, 1024)
  bodyMb?: number;

  @IsOptional()
  @IsWholeNumberFrom(1, 65_536, ' of MiB')
  bodiesInFlightMb?: number;

  @IsOptional()
  @IsMebibytes(0.001, 256)
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

/** `cache` at the top of the file. */
export class CacheEntry {
  @IsMilliseconds(1)
  maxWaitMs?: number;

  @IsOptional()
  @IsMebibytes(1, 1_048_576)
  memoryMb?: number;
}

/** `responses` at the top of the file. */
export class ResponsesEntry {
  /** 0: no response is kept. */
  @IsOptional()
  @IsWholeNumberFrom(0, 31_536_000)
  ttlSeconds?: number;

  @IsOptional()
  @IsMebibytes(1, 1_048_576)
  maxMb?: number;
}

/** The top of the file. The entries of `providers` and `aliases` are checked one by one. */
export class ConfigFileRoot {
  @IsOptional()
  @IsMapping('provider names to their settings')
  providers?: JsonObject;

  @IsOptional()
  @IsMapping('alias names to their description and chain')
  aliases?: JsonObject;

  @IsOptional()
  @IsText('a model (provider/model) or an alias')
  default?: string;

  @Section(TimeoutsEntry)
  timeouts?: TimeoutsEntry;

  @Section(RoutingEntry)
  routing?: RoutingEntry;

  @Section(LimitsEntry)
  limits?: LimitsEntry;

  @Section(CacheEntry)
  cache?: CacheEntry;

  @Section(ResponsesEntry)
  responses?: ResponsesEntry;
}
