import type { ConfigFile } from '../config-file.js';
import type { ProvidersConfig } from '../configuration.js';
import type { Environment } from '../environment.js';

function warnOfEnvironment({ TRUST_PROXY: trustProxy }: Environment): string[] {
  if (trustProxy !== true) return [];
  return ['TRUST_PROXY: true counts as one proxy. Set TRUST_PROXY=1 or another number of proxies, or their addresses.'];
}

/** What is allowed and may not be meant: names of known providers that are not in use, and variables that say too little. */
export function findWarnings(environment: Environment, file: ConfigFile, { unconfigured }: ProvidersConfig): string[] {
  const variables = new Map(unconfigured.map(({ name, keyVariable }) => [name, keyVariable]));
  const warn = (where: string, model: string): string[] => {
    const variable = model.includes('/') ? variables.get(model.split('/', 1)[0]?.toLowerCase() ?? '') : undefined;
    const isAlias = file.aliases.has(model);
    return variable === undefined || isAlias ? [] : [`${where}: ${model} is skipped until ${variable} is set.`];
  };
  const { default: defaultModel } = file.root;
  return [
    ...warnOfEnvironment(environment),
    ...[...file.aliases].flatMap(([name, { chain }]) => chain.flatMap(({ model }) => warn(`aliases.${name}`, model))),
    ...(defaultModel === undefined ? [] : warn('default', defaultModel)),
    ...unconfigured
      .filter(({ name }) => file.providers.has(name))
      .map(({ name, keyVariable }) => `providers.${name} is not in use until ${keyVariable} is set.`),
  ];
}
