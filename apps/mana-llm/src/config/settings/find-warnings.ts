import type { ConfigFile } from '../config-file.js';
import type { ProvidersConfig } from '../configuration.js';

/** What is allowed and may not be meant: names of known providers that are not in use. */
export function findWarnings(file: ConfigFile, { unconfigured }: ProvidersConfig): string[] {
  const variables = new Map(unconfigured.map(({ name, keyVariable }) => [name, keyVariable]));
  const warn = (where: string, model: string): string[] => {
    const variable = model.includes('/') ? variables.get(model.split('/', 1)[0]?.toLowerCase() ?? '') : undefined;
    const isAlias = file.aliases.has(model);
    return variable === undefined || isAlias ? [] : [`${where}: ${model} is skipped until ${variable} is set.`];
  };
  const { default: defaultModel } = file.root;
  return [
    ...[...file.aliases].flatMap(([name, { chain }]) => chain.flatMap(({ model }) => warn(`aliases.${name}`, model))),
    ...(defaultModel === undefined ? [] : warn('default', defaultModel)),
    ...unconfigured
      .filter(({ name }) => file.providers.has(name))
      .map(({ name, keyVariable }) => `providers.${name} is not in use until ${keyVariable} is set.`),
  ];
}
