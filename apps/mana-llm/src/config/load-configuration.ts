import { readConfigFile } from './config-file.js';
import { ConfigurationError } from './configuration-error.js';
import type { Configuration } from './configuration.js';
import { readEnvironment } from './read-environment.js';
import { findWarnings } from './settings/find-warnings.js';
import { toCacheConfig } from './settings/to-cache-config.js';
import { toGatewayConfig } from './settings/to-gateway-config.js';
import { toProvidersConfig } from './settings/to-providers-config.js';
import { toRoutingConfig } from './settings/to-routing-config.js';

/**
 * Everything that can be set, from the environment and the YAML file. Throws a `ConfigurationError` with every mistake
 * of both. Strongest first: an entry under the provider in the file, a variable that is set, the file's global
 * entries, defaults.
 */
export function loadConfiguration(env: NodeJS.ProcessEnv): Configuration {
  const { value: environment, mistakes } = readEnvironment(env);
  const { value: file, mistakes: fileMistakes } = readConfigFile(env, environment.MANA_LLM_CONFIG);
  const all = [...mistakes, ...fileMistakes];
  if (all.length > 0) throw new ConfigurationError(all);
  const gateway = toGatewayConfig(environment, file);
  const providers = toProvidersConfig(environment, file);
  return {
    gateway,
    providers,
    routing: toRoutingConfig(environment, file, providers),
    cache: toCacheConfig(environment, file),
    warnings: findWarnings({ environment, file, gateway, providers }),
  };
}
