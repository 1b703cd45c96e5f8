import { KNOWN_PROVIDERS, type ProviderSettings } from '@mana-llm/llm-providers';

export type ProviderKind = ProviderSettings['kind'];
export const PROVIDER_KINDS: readonly ProviderKind[] = ['openai-compatible', 'ollama', 'embedded'];

/** Providers that need no entry in the file, and whose entries need no kind. */
export const BUILT_IN_KINDS: ReadonlyMap<string, ProviderKind> = new Map<string, ProviderKind>([
  ['ollama', 'ollama'],
  ['embedded', 'embedded'],
  ...KNOWN_PROVIDERS.map(({ name }): [string, ProviderKind] => [name, 'openai-compatible']),
]);
