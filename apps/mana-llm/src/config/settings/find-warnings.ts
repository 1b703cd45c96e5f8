import type { ConfigFile } from '../config-file.js';
import type { GatewayConfig, ProvidersConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import { findMisnamedVariables } from './find-misnamed-variables.js';

function warnOfOllamaHost({ OLLAMA_URL, OLLAMA_HOST }: Environment, { providers }: ConfigFile): string[] {
  const configured = providers.get('ollama');
  const isNamed = OLLAMA_URL !== undefined || (configured?.kind === 'ollama' && configured.entry.baseUrl !== undefined);
  if (OLLAMA_HOST === undefined || isNamed) return [];
  return [`OLLAMA_URL is not set: by OLLAMA_HOST, Ollama is called at ${new URL(OLLAMA_HOST).origin}.`];
}

function warnOfKeys(environment: Environment, { apiKeys, unusedKeys, isKeyInQuery }: GatewayConfig): string[] {
  const hasKeys = apiKeys.length > 0;
  return [
    ...(unusedKeys.length > 0
      ? ['GPU_REQUIRE_AUTH=false: no key is asked for, though keys are set. Everybody may call.']
      : []),
    ...(environment.GPU_REQUIRE_AUTH === 'true' && !hasKeys
      ? ['GPU_REQUIRE_AUTH asks for nothing until API_KEYS or GPU_API_KEY is set.']
      : []),
    ...(isKeyInQuery && hasKeys
      ? ['API_KEY_IN_QUERY=on: logs of proxies and browsers keep keys that stand in a URL.']
      : []),
  ];
}

function warnOfEnvironment(environment: Environment, gateway: GatewayConfig): string[] {
  const { TRUST_PROXY, PROTECT, ALLOWED_HOSTS } = environment;
  const hasKeys = gateway.apiKeys.length > 0;
  const whatIsMissing = gateway.unusedKeys.length > 0 ? 'GPU_REQUIRE_AUTH=false is taken away' : 'API_KEYS is set';
  return [
    ...warnOfKeys(environment, gateway),
    ...(TRUST_PROXY === true
      ? ['TRUST_PROXY: true counts as one proxy. Set TRUST_PROXY=1 or another number of proxies, or their addresses.']
      : []),
    ...(PROTECT !== undefined && !hasKeys ? [`PROTECT protects nothing until ${whatIsMissing}.`] : []),
    ...(ALLOWED_HOSTS !== undefined && hasKeys
      ? ['ALLOWED_HOSTS is not in use: with API_KEYS every Host is served.']
      : []),
  ];
}

type Access = Pick<GatewayConfig, 'host' | 'port' | 'apiKeys' | 'unusedKeys'>;

/** Anybody on the network may call, and nobody has said so; keys that are not asked for have their own warning. */
export function warnOfOpenAccess({ host, port, apiKeys, unusedKeys }: Access): string[] {
  if (apiKeys.length > 0 || unusedKeys.length > 0 || !['0.0.0.0', '::'].includes(host)) return [];
  return [
    `Anybody who reaches port ${port} of this machine may call: API_KEYS is not set. Set it, or HOST=127.0.0.1 for this machine alone.`,
  ];
}

interface Sources {
  env: NodeJS.ProcessEnv;
  /** As it was written. */
  fileText: string;
  environment: Environment;
  file: ConfigFile;
  gateway: GatewayConfig;
  providers: ProvidersConfig;
}

/** What is allowed and may not be meant: names of known providers that are not in use, and variables that say too little. */
export function findWarnings({
  env,
  environment,
  fileText,
  file,
  gateway,
  providers: { unconfigured },
}: Sources): string[] {
  const variables = new Map(unconfigured.map(({ name, keyVariable }) => [name, keyVariable]));
  const warn = (where: string, model: string): string[] => {
    const variable = model.includes('/') ? variables.get(model.split('/', 1)[0]?.toLowerCase() ?? '') : undefined;
    const isAlias = file.aliases.has(model);
    return variable === undefined || isAlias ? [] : [`${where}: ${model} is skipped until ${variable} is set.`];
  };
  const { DEFAULT_MODEL } = environment;
  const [where, defaultModel] =
    DEFAULT_MODEL === undefined ? ['default', file.root.default] : ['DEFAULT_MODEL', DEFAULT_MODEL];
  return [
    ...findMisnamedVariables(env, (name) => fileText.includes(`\${${name}}`)),
    ...warnOfOllamaHost(environment, file),
    ...warnOfEnvironment(environment, gateway),
    ...[...file.aliases].flatMap(([name, { chain }]) => chain.flatMap(({ model }) => warn(`aliases.${name}`, model))),
    ...(defaultModel === undefined ? [] : warn(where, defaultModel)),
    ...unconfigured
      .filter(({ name }) => file.providers.has(name))
      .map(({ name, keyVariable }) => `providers.${name} is not in use until ${keyVariable} is set.`),
  ];
}
