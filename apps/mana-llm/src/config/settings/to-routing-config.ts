import type { ConfigFile } from '../config-file.js';
import type { ProvidersConfig, RoutingConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import { toProviderPolicy } from './to-provider-policy.js';

export function toRoutingConfig(environment: Environment, file: ConfigFile, providers: ProvidersConfig): RoutingConfig {
  return {
    aliases: [...file.aliases].map(([name, { description = '', chain }]) => ({ name, description, chain })),
    defaultModel: file.root.default ?? `ollama/${environment.OLLAMA_DEFAULT_MODEL.replace(/^ollama\//i, '')}`,
    policies: providers.settings.map((provider) => toProviderPolicy(provider, environment, file)),
  };
}
