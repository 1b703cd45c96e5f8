import type { ConfigFile } from '../config-file.js';
import type { ProvidersConfig, RoutingConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import { toProviderPolicy } from './to-provider-policy.js';

/** Nobody has said where Ollama is, and there are other providers to use. */
function isOllamaImplicit(
  { OLLAMA_URL, OLLAMA_HOST }: Environment,
  { providers }: ConfigFile,
  others: number,
): boolean {
  const configured = providers.get('ollama');
  const isNamed = configured?.kind === 'ollama' && configured.entry.baseUrl !== undefined;
  return (OLLAMA_URL ?? OLLAMA_HOST) === undefined && !isNamed && others > 0;
}

export function toRoutingConfig(environment: Environment, file: ConfigFile, providers: ProvidersConfig): RoutingConfig {
  const byName = new Map(providers.settings.map((provider) => [provider.name, provider]));
  const named = environment.DEFAULT_MODEL ?? file.root.default;
  const ollamaModel = environment.OLLAMA_DEFAULT_MODEL.replace(/^ollama\//i, '');
  const isImplicit = isOllamaImplicit(environment, file, byName.size - 1);
  return {
    aliases: [...file.aliases.values()],
    defaultModel: named ?? `ollama/${ollamaModel}`,
    isDefaultNamed: named !== undefined,
    policies: [...byName.values()].map((provider) => ({
      ...toProviderPolicy(provider, environment, file),
      ...(provider.name === 'ollama' && isImplicit ? { isImplicit } : {}),
    })),
  };
}
