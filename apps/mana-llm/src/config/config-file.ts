import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import type { Checked } from './checked.js';
import type { ConfigurationMistake } from './configuration-mistake.js';
import type { Alias } from './configuration.js';
import { describeForm } from './describe-value.js';
import { ConfigFileRoot } from './file/config-file-root.js';
import type { ConfiguredProvider } from './file/configured-provider.js';
import { findRouteMistakes } from './file/find-route-mistakes.js';
import { parseYaml } from './file/parse-yaml.js';
import { readAliasEntries } from './file/read-alias-entries.js';
import { filledKeys } from './file/find-lost-keys.js';
import type { ConfigText } from './file/read-config-text.js';
import { readProviderEntries } from './file/read-provider-entries.js';
import { substituteVariables } from './file/substitute-variables.js';
import { withoutNulls } from './file/without-nulls.js';
import { findMistakes } from './find-mistakes.js';
import { BUILT_IN_KINDS } from './provider-kinds.js';
import { findMissingModels, type UsedModels } from './settings/find-missing-models.js';

/** The YAML file, read and checked; what it leaves out is left out here too. */
export interface ConfigFile {
  root: ConfigFileRoot;
  /** By name, in lower case. */
  providers: ReadonlyMap<string, ConfiguredProvider>;
  aliases: ReadonlyMap<string, Alias>;
  /** The keys at its top that have something under them. */
  keys: string[];
}

function toMapping(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** A text in which a variable is missing is wrong for that alone: its form is not judged as well. */
function withoutEchoes(mistakes: ConfigurationMistake[], causes: ConfigurationMistake[]): ConfigurationMistake[] {
  const isEcho = ({ key }: ConfigurationMistake): boolean =>
    causes.some((cause) => cause.key === key || cause.key.startsWith(`${key}.`) || cause.key.startsWith(`${key}[`));
  return mistakes.filter((mistake) => mistake.found === 'an unknown key' || !isEcho(mistake));
}

function checkDocument(
  document: JsonObject,
  env: NodeJS.ProcessEnv,
  path: string,
  usedModels: UsedModels,
): Checked<ConfigFile> {
  const substituted = substituteVariables(document, env, path);
  const content = toMapping(substituted.value);
  const root = plainToInstance(ConfigFileRoot, content);
  const read = (name: 'providers' | 'aliases') => [toMapping(content[name]), toMapping(document[name])] as const;
  const providers = readProviderEntries(...read('providers'), `${path}providers.`);
  const aliases = readAliasEntries(...read('aliases'), `${path}aliases.`);
  const providerNames = new Set([...BUILT_IN_KINDS.keys(), ...Object.keys(read('providers')[0]).map(lowerCase)]);
  const found = [
    ...findMistakes(root, document, path),
    ...providers.mistakes,
    ...aliases.mistakes,
    ...findMissingModels(providers.value, read('providers')[1], usedModels, `${path}providers.`),
    ...findRouteMistakes({ aliases: aliases.value, default: root.default, providerNames, raw: document }, path),
  ];
  return {
    value: { root, providers: providers.value, aliases: aliases.value, keys: filledKeys(document) },
    mistakes: [...substituted.mistakes, ...withoutEchoes(found, substituted.mistakes)],
  };
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

/** Checks the file that `MANA_LLM_CONFIG` names, or `mana-llm.yaml` where there is one. */
export function readConfigFile(
  env: NodeJS.ProcessEnv,
  { path, text, mistakes }: ConfigText,
  usedModels: UsedModels = new Set(),
): Checked<ConfigFile> {
  const parsed = parseYaml(text, path);
  const isFit = isJsonObject(parsed.value) || parsed.value === null || parsed.value === undefined;
  const document = withoutNulls(toMapping(parsed.value));
  const checked = checkDocument(document, env, `${path}: `, usedModels);
  const form = { key: path, found: describeForm(parsed.value), allowed: 'a mapping of keys to values' };
  return { ...checked, mistakes: [...mistakes, ...parsed.mistakes, ...(isFit ? [] : [form]), ...checked.mistakes] };
}
