import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import type { Alias } from '../configuration.js';
import { type Checked, type ConfigurationMistake, describeForm } from '../configuration-mistake.js';
import { findMistakes } from '../rules/setting-rule.js';
import { toLowerCase } from '../rules/texts.js';
import { readAliasEntries } from './aliases.js';
import type { ConfigText } from './config-text.js';
import { filledKeys, substituteVariables, withoutNulls } from './document.js';
import { findRouteMistakes } from './find-route-mistakes.js';
import { parseYaml } from './parse-yaml.js';
import { BUILT_IN_KINDS, type ConfiguredProvider } from './provider-entry.js';
import { findMissingModels, readProviderEntries, type UsedModels } from './read-provider-entries.js';
import { ConfigFileRoot } from './sections.js';

/** The YAML file, read and checked. It has no defaults for what the file leaves out. */
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

/** For a value with a missing variable, the variable is the one mistake: the form of the value is not checked. */
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
  const providerNames = new Set([...BUILT_IN_KINDS.keys(), ...Object.keys(read('providers')[0]).map(toLowerCase)]);
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
