import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { plainToInstance } from 'class-transformer';
import type { Checked } from '../checked.js';
import type { ConfigurationMistake } from '../configuration-mistake.js';
import { describeForm, describeValue } from '../describe-value.js';
import { findMistakes } from '../find-mistakes.js';
import { BUILT_IN_KINDS, PROVIDER_KINDS, type ProviderKind } from '../provider-kinds.js';
import type { ConfiguredProvider } from './configured-provider.js';
import { EmbeddedEntry, OllamaEntry, OpenAiCompatibleEntry } from './provider-entry.js';

/** What an entry under a name of the user's own cannot do without. */
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

/** The entries of `providers` by name, in lower case. `raw` is the section before substitution. */
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
