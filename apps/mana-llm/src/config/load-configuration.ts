import type { ProviderSettings } from '@mana-llm/llm-providers';
import { registerAs } from '@nestjs/config';
import type { CacheConfig, Configuration, GatewayConfig, ProvidersConfig, RoutingConfig } from './configuration.js';
import { ConfigurationError, type ConfigurationMistake } from './configuration-mistake.js';
import type { Environment } from './environment.js';
import { type ConfigFile, readConfigFile } from './file/config-file.js';
import { type ConfigText, readConfigText } from './file/config-text.js';
import { findLostKeys } from './file/document.js';
import { findRouteMistakes } from './file/find-route-mistakes.js';
import { BUILT_IN_KINDS } from './file/provider-entry.js';
import { findMissingVariableModel } from './file/read-provider-entries.js';
import { readEnvironment } from './read-environment.js';
import { toCacheConfig, toGatewayConfig } from './settings/fixed-settings.js';
import { toProvidersConfig } from './settings/providers-config.js';
import { toRoutingConfig } from './settings/routing-config.js';
import { findWarnings } from './settings/warnings.js';

/** What only a reload has: the file as the watch has read it, and the configuration in use. */
export interface Reload {
  file: ConfigText;
  inUse: Configuration;
}

/** The variable is checked as the file's `default` is, with the names that the file has. */
function findDefaultMistakes(
  { DEFAULT_MODEL }: Environment,
  { aliases, providers }: ConfigFile,
): ConfigurationMistake[] {
  const providerNames = new Set([...BUILT_IN_KINDS.keys(), ...providers.keys()]);
  const routes = { aliases, default: DEFAULT_MODEL, providerNames, raw: { default: DEFAULT_MODEL } };
  return findRouteMistakes(routes, '')
    .filter(({ key }) => key === 'default')
    .map((mistake) => ({ ...mistake, key: 'DEFAULT_MODEL' }));
}

function embeddedModel(provider: ProviderSettings): string[] {
  return provider.kind === 'embedded' ? [provider.model] : [];
}

/**
 * Everything that can be set, from the environment and the YAML file. Throws a `ConfigurationError` with every mistake
 * of both. Strongest first: an entry under the provider in the file, a variable that is set, a global entry of the file,
 * the default. A start accepts any file without mistakes. A reload also refuses a file that has lost a key.
 */
export function loadConfiguration(env: NodeJS.ProcessEnv, reload?: Reload): Configuration {
  const { value: environment, mistakes } = readEnvironment(env);
  const text = reload?.file ?? readConfigText(environment.MANA_LLM_CONFIG);
  const usedModels = new Set(reload?.inUse.providers.settings.flatMap(embeddedModel));
  const { value: file, mistakes: fileMistakes } = readConfigFile(env, text, usedModels);
  const all = [
    ...mistakes,
    ...findMissingVariableModel(environment.EMBEDDED_MODEL, file.providers, usedModels),
    ...fileMistakes,
    ...findDefaultMistakes(environment, file),
  ];
  if (all.length === 0 && reload) all.push(...findLostKeys(reload.inUse.fileKeys, file.keys, text.path));
  if (all.length > 0) throw new ConfigurationError(all);
  const gateway = toGatewayConfig(environment, file);
  const providers = toProvidersConfig(environment, file);
  return {
    gateway,
    providers,
    routing: toRoutingConfig(environment, file, providers),
    cache: toCacheConfig(environment, file),
    fileKeys: file.keys,
    warnings: findWarnings({ env, environment, fileText: text.text, file, gateway, providers }),
  };
}

// The four parts, each as it was at the start. `@Inject(gatewayConfig.KEY)` injects a `ConfigType<typeof gatewayConfig>`.
export const gatewayConfig = registerAs('gateway', (): GatewayConfig => loadConfiguration(process.env).gateway);
export const providersConfig = registerAs('providers', (): ProvidersConfig => loadConfiguration(process.env).providers);
export const routingConfig = registerAs('routing', (): RoutingConfig => loadConfiguration(process.env).routing);
export const cacheConfig = registerAs('cache', (): CacheConfig => loadConfiguration(process.env).cache);
