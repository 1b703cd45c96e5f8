import { IsOptional } from 'class-validator';
import type { JsonObject } from '@mana-llm/openai-api';
import { IsMapping } from '../rules/is-mapping.js';
import { IsText } from '../rules/is-text.js';
import { Section } from '../rules/section.js';
import { CacheEntry } from './cache-entry.js';
import { LimitsEntry } from './limits-entry.js';
import { RoutingEntry } from './routing-entry.js';
import { TimeoutsEntry } from './timeouts-entry.js';

/** The top of the file; the entries of `providers` and `aliases` are checked one by one. */
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
}
