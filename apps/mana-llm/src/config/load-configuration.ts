import type { ProviderSettings } from '@mana-llm/llm-providers';
import { type ConfigFile, readConfigFile } from './config-file.js';
import { ConfigurationError } from './configuration-error.js';
import type { ConfigurationMistake } from './configuration-mistake.js';
import type { Configuration } from './configuration.js';
import type { Environment } from './environment.js';
import { findLostKeys } from './file/find-lost-keys.js';
import { findRouteMistakes } from './file/find-route-mistakes.js';
import { type ConfigText, readConfigText } from './file/read-config-text.js';
import { BUILT_IN_KINDS } from './provider-kinds.js';
import { readEnvironment } from './read-environment.js';
import { findMissingVariableModel } from './settings/find-missing-models.js';
import { findWarnings } from './settings/find-warnings.js';
import { toCacheConfig } from './settings/to-cache-config.js';
import { toGatewayConfig } from './settings/to-gateway-config.js';
import { toProvidersConfig } from './settings/to-providers-config.js';
import { toRoutingConfig } from './settings/to-routing-config.js';

/** What a reload has that a start has not. */
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
 * of both. Strongest first: an entry under the provider in the file, a variable that is set, the file's global
 * entries, defaults. A start takes any file without mistakes, a reload none that has lost a key.
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
    warnings: findWarnings({
      env,
      environment,
      fileText: text.text,
      file,
      gateway,
      providers,
    }),
  };
}
