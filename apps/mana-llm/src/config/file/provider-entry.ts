import { IsOptional } from 'class-validator';
import { IsHeaderMap, IsQueryMap, IsRenamedFields, IsRenamedRoles } from '../rules/is-text-map.js';
import { IsHosts } from '../rules/is-hosts.js';
import { IsHttpUrl } from '../rules/is-http-url.js';
import { IsKey } from '../rules/is-key.js';
import { IsWholeNumberFrom } from '../rules/is-number-from.js';
import { IsOneOf } from '../rules/is-one-of.js';
import { IsText } from '../rules/is-text.js';
import { Section } from '../rules/section.js';
import { ProviderLimitsEntry } from './limits-entry.js';
import { RoutingEntry } from './routing-entry.js';
import { TimeoutsEntry } from './timeouts-entry.js';

/** What every entry of `providers` may hold. `kind` is checked before one of the classes below is chosen by it. */
export abstract class ProviderEntry {
  @IsOptional()
  @IsText('openai-compatible, ollama, embedded')
  kind?: string;

  @Section(TimeoutsEntry)
  timeouts?: TimeoutsEntry;

  @Section(RoutingEntry)
  routing?: RoutingEntry;

  @Section(ProviderLimitsEntry)
  limits?: ProviderLimitsEntry;
}

export class OpenAiCompatibleEntry extends ProviderEntry {
  @IsOptional()
  @IsHttpUrl()
  baseUrl?: string;

  @IsOptional()
  @IsKey()
  apiKey?: string;

  @IsOptional()
  @IsHeaderMap()
  headers?: Record<string, string>;

  @IsOptional()
  @IsQueryMap()
  query?: Record<string, string>;

  @IsOptional()
  @IsOneOf([true, false])
  endMarker?: boolean;

  @IsOptional()
  @IsRenamedFields()
  renamedFields?: Record<string, string | null>;

  @IsOptional()
  @IsRenamedRoles()
  renamedRoles?: Record<string, string>;
}

export const PULL_POLICIES = ['never', 'missing'] as const;
export type PullPolicy = (typeof PULL_POLICIES)[number];

export class OllamaEntry extends ProviderEntry {
  @IsOptional()
  @IsHosts('in a list')
  baseUrl?: string | string[];

  @IsOptional()
  @IsHeaderMap()
  headers?: Record<string, string>;

  @IsOptional()
  @IsWholeNumberFrom(256, 16_777_216, ' of tokens')
  maxContext?: number;

  @IsOptional()
  @IsWholeNumberFrom(1, 2048)
  embedBatch?: number;

  @IsOptional()
  @IsOneOf(PULL_POLICIES)
  pull?: PullPolicy;
}

export class EmbeddedEntry extends ProviderEntry {
  @IsOptional()
  @IsText('a path to a GGUF file, or a URI such as hf:org/repo:quant')
  model?: string;
}
