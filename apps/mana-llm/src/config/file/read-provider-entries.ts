import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isModelUri } from '@mana-llm/llm-providers';
import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import { type Checked, type ConfigurationMistake, describeForm, describeValue } from '../configuration-mistake.js';
import { findMistakes } from '../rules/setting-rule.js';
import {
  BUILT_IN_KINDS,
  type ConfiguredProvider,
  EmbeddedEntry,
  OllamaEntry,
  OpenAiCompatibleEntry,
  PROVIDER_KINDS,
  type ProviderKind,
} from './provider-entry.js';

/** The key that an entry of each kind needs, unless the provider is a built-in one. */
const REQUIRED_KEY: Readonly<Record<ProviderKind, string>> = {
  'openai-compatible': 'baseUrl',
  ollama: 'baseUrl',
  embedded: 'model',
};

function toConfiguredProvider(kind: ProviderKind, entry: JsonObject): ConfiguredProvider {
  switch (kind) {
    case 'openai-compatible':
      return { kind, entry: plainToInstance(OpenAiCompatibleEntry, entry) };
    case 'ollama':
      return { kind, entry: plainToInstance(OllamaEntry, entry) };
    case 'embedded':
      return { kind, entry: plainToInstance(EmbeddedEntry, entry) };
    default: {
      const unknown: never = kind;
      throw new TypeError(`unknown provider kind ${String(unknown)}`);
    }
  }
}

function readKind(name: string, written: unknown): ProviderKind | undefined {
  const builtIn = BUILT_IN_KINDS.get(name);
  if (builtIn !== undefined) return written === undefined || written === builtIn ? builtIn : undefined;
  return PROVIDER_KINDS.find((kind) => kind === written);
}

function readEntry(name: string, entry: unknown, raw: unknown, key: string): Checked<ConfiguredProvider | undefined> {
  const refuse = (mistake: ConfigurationMistake) => ({ value: undefined, mistakes: [mistake] });
  if (!isJsonObject(entry) || !isJsonObject(raw)) {
    return refuse({ key, found: describeForm(entry), allowed: 'a mapping of keys to values' });
  }
  const kind = readKind(name, entry['kind']);
  if (kind === undefined) {
    const allowed = BUILT_IN_KINDS.get(name) ?? PROVIDER_KINDS.join(', ');
    return refuse({ key: `${key}.kind`, found: describeValue(raw['kind']), allowed });
  }
  const value = toConfiguredProvider(kind, entry);
  const mistakes = findMistakes(value.entry, raw, `${key}.`);
  const required = REQUIRED_KEY[kind];
  if (!BUILT_IN_KINDS.has(name) && entry[required] === undefined) {
    const allowed = `a ${required}, which kind ${kind} needs`;
    mistakes.push({ key: `${key}.${required}`, found: 'nothing', allowed });
  }
  return { value, mistakes };
}

/** The entries of `providers` by name, in lower case. `raw` is the section before variables were replaced. */
export function readProviderEntries(
  section: JsonObject,
  raw: JsonObject,
  path: string,
): Checked<ReadonlyMap<string, ConfiguredProvider>> {
  const value = new Map<string, ConfiguredProvider>();
  const mistakes: ConfigurationMistake[] = [];
  const seen = new Set<string>();
  for (const [written, entry] of Object.entries(section)) {
    const key = `${path}${written}`;
    const name = written.toLowerCase();
    if (!/^[a-z0-9_-]+$/.test(name)) {
      mistakes.push({ key, found: describeValue(written), allowed: 'a provider name of a-z, 0-9, _ and -' });
    }
    if (seen.has(name)) mistakes.push({ key, found: 'a second entry', allowed: `one entry for ${name}` });
    seen.add(name);
    const checked = readEntry(name, entry, raw[written], key);
    mistakes.push(...checked.mistakes);
    if (checked.value) value.set(name, checked.value);
  }
  return { value, mistakes };
}

/** The paths and URIs of the embedded models that are in use. */
export type UsedModels = ReadonlySet<string>;

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** `shown` is what the user wrote, before variables were replaced: a mistake shows nothing else. */
function findMissingModel(key: string, model: string, shown: unknown, used: UsedModels): ConfigurationMistake[] {
  if (used.has(model) || isModelUri(model) || isFile(resolve(model))) return [];
  return [
    {
      key,
      found: `${describeValue(shown)}, where there is no file`,
      allowed: 'the path of a GGUF file, or a URI such as hf:org/repo:quant',
    },
  ];
}

/** An EMBEDDED_MODEL that is a path to no file. It is not checked where the file has a `model`, which is stronger. */
export function findMissingVariableModel(
  model: string | undefined,
  providers: ReadonlyMap<string, ConfiguredProvider>,
  used: UsedModels,
): ConfigurationMistake[] {
  const entry = providers.get('embedded');
  const isReplaced = entry?.kind === 'embedded' && entry.entry.model !== undefined;
  return typeof model !== 'string' || isReplaced ? [] : findMissingModel('EMBEDDED_MODEL', model, model, used);
}

/**
 * Models in the configuration file that are paths to no file. The file of a model in use may have been moved after it was
 * loaded, so a reload accepts the model.
 */
export function findMissingModels(
  providers: ReadonlyMap<string, ConfiguredProvider>,
  raw: JsonObject,
  used: UsedModels,
  path: string,
): ConfigurationMistake[] {
  return Object.entries(raw).flatMap(([name, written]) => {
    const provider = providers.get(name.toLowerCase());
    if (provider?.kind !== 'embedded' || typeof provider.entry.model !== 'string') return [];
    const shown = isJsonObject(written) ? written['model'] : undefined;
    return findMissingModel(`${path}${name}.model`, provider.entry.model, shown, used);
  });
}
