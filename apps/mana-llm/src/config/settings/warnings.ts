import type { GatewayConfig, ProvidersConfig } from '../configuration.js';
import type { Environment } from '../environment.js';
import type { ConfigFile } from '../file/config-file.js';
import { findMisnamedVariables } from '../read-environment.js';

function warnOfOllamaHost({ OLLAMA_URL, OLLAMA_HOST }: Environment, { providers }: ConfigFile): string[] {
  const configured = providers.get('ollama');
  const isNamed = OLLAMA_URL !== undefined || (configured?.kind === 'ollama' && configured.entry.baseUrl !== undefined);
  if (OLLAMA_HOST === undefined || isNamed) return [];
  return [`OLLAMA_URL is not set. Ollama is called at ${new URL(OLLAMA_HOST).origin}, the address in OLLAMA_HOST.`];
}

function warnOfKeys(environment: Environment, { apiKeys, unusedKeys, isKeyInQuery }: GatewayConfig): string[] {
  const hasKeys = apiKeys.length > 0;
  return [
    ...(unusedKeys.length > 0
      ? ['GPU_REQUIRE_AUTH=false: keys are set, but requests need none. Anybody may call.']
      : []),
    ...(environment.GPU_REQUIRE_AUTH === 'true' && !hasKeys
      ? ['GPU_REQUIRE_AUTH=true has no effect until API_KEYS or GPU_API_KEY is set.']
      : []),
    ...(isKeyInQuery && hasKeys
      ? ['API_KEY_IN_QUERY=on: proxies and browsers log URLs, and so the keys in them.']
      : []),
  ];
}

function warnOfEnvironment(environment: Environment, gateway: GatewayConfig): string[] {
  const { TRUST_PROXY, PROTECT, ALLOWED_HOSTS } = environment;
  const hasKeys = gateway.apiKeys.length > 0;
  const condition = gateway.unusedKeys.length > 0 ? 'GPU_REQUIRE_AUTH=false is removed' : 'API_KEYS is set';
  return [
    ...warnOfKeys(environment, gateway),
    ...(TRUST_PROXY === true
      ? ['TRUST_PROXY=true counts as one proxy. Set TRUST_PROXY=1 or another number of proxies, or their addresses.']
      : []),
    ...(PROTECT !== undefined && !hasKeys ? [`PROTECT has no effect until ${condition}.`] : []),
    ...(ALLOWED_HOSTS !== undefined && hasKeys
      ? ['ALLOWED_HOSTS has no effect: with API_KEYS, every Host is accepted.']
      : []),
  ];
}

type Access = Pick<GatewayConfig, 'host' | 'port' | 'apiKeys' | 'unusedKeys'>;

/** Anybody on the network may call, and no setting says that this is intended. Keys that are set but not needed have their own warning. */
export function warnOfOpenAccess({ host, port, apiKeys, unusedKeys }: Access): string[] {
  if (apiKeys.length > 0 || unusedKeys.length > 0 || !['0.0.0.0', '::'].includes(host)) return [];
  return [
    `API_KEYS is not set: anybody who can reach port ${port} of this machine may call. Set API_KEYS, or set HOST=127.0.0.1 to serve this machine only.`,
  ];
}

interface Sources {
  env: NodeJS.ProcessEnv;
  /** Before variables were replaced. */
  fileText: string;
  environment: Environment;
  file: ConfigFile;
  gateway: GatewayConfig;
  providers: ProvidersConfig;
}

/** Settings that are allowed but may be unintended: a provider that is not in use, or a variable without an effect. */
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
