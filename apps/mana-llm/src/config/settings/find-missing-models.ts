import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isModelUri } from '@mana-llm/llm-providers';
import { isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import type { ConfigurationMistake } from '../configuration-mistake.js';
import { describeValue } from '../describe-value.js';
import type { ConfiguredProvider } from '../file/configured-provider.js';

export type UsedModels = ReadonlySet<string>;

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** `shown` is what the user wrote, before substitution: only that is ever shown. */
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

/** What EMBEDDED_MODEL names and is not there. The file's own `model` is stronger. */
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
 * Models of the file that are paths to no file. A model in use may have been moved since it was loaded: a reload takes it
 * as it took it at the start.
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
