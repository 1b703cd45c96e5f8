import { KNOWN_PROVIDERS, type ProviderSettings } from '@mana-llm/llm-providers';
import { IsOptional } from 'class-validator';
import { IsHeaderMap, IsKey, IsQueryMap } from '../rules/credentials.js';
import { IsWholeNumberFrom } from '../rules/numbers.js';
import { Section } from '../rules/setting-rule.js';
import { IsOneOf, IsRenamedFields, IsRenamedRoles, IsText } from '../rules/texts.js';
import { IsEndpoints, IsHttpUrl } from '../rules/urls.js';
import { ProviderLimitsEntry, RoutingEntry, TimeoutsEntry } from './sections.js';

export type ProviderKind = ProviderSettings['kind'];
export const PROVIDER_KINDS: readonly ProviderKind[] = ['openai-compatible', 'ollama', 'embedded'];

/** Providers that need no entry in the file, and whose entries need no kind. */
export const BUILT_IN_KINDS: ReadonlyMap<string, ProviderKind> = new Map<string, ProviderKind>([
  ['ollama', 'ollama'],
  ['embedded', 'embedded'],
  ...KNOWN_PROVIDERS.map(({ name }): [string, ProviderKind] => [name, 'openai-compatible']),
]);

/** What every entry of `providers` may hold. `kind` is checked first: it chooses one of the classes below. */
abstract class ProviderEntry {
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

const PULL_POLICIES = ['never', 'missing'] as const;

export class OllamaEntry extends ProviderEntry {
  @IsOptional()
  @IsEndpoints('in a list')
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
  pull?: (typeof PULL_POLICIES)[number];
}

export class EmbeddedEntry extends ProviderEntry {
  @IsOptional()
  @IsText('a path to a GGUF file, or a URI such as hf:org/repo:quant')
  model?: string;
}

/** A checked entry of `providers`. */
export type ConfiguredProvider =
  | { kind: 'openai-compatible'; entry: OpenAiCompatibleEntry }
  | { kind: 'ollama'; entry: OllamaEntry }
  | { kind: 'embedded'; entry: EmbeddedEntry };
