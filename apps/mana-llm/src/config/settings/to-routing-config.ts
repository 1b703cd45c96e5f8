import type { ConfigFile } from '../config-file.js';
import type { ProvidersConfig, RoutingConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import { toProviderPolicy } from './to-provider-policy.js';

export function toRoutingConfig(environment: Environment, file: ConfigFile, providers: ProvidersConfig): RoutingConfig {
  const byName = new Map(providers.settings.map((provider) => [provider.name, provider]));
  return {
    aliases: [...file.aliases.values()],
    defaultModel: file.root.default ?? `ollama/${environment.OLLAMA_DEFAULT_MODEL.replace(/^ollama\//i, '')}`,
    policies: [...byName.values()].map((provider) => toProviderPolicy(provider, environment, file)),
  };
}
