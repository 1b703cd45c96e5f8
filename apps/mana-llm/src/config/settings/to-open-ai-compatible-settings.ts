import {
  DEFAULT_RENAMED_ROLES,
  KNOWN_PROVIDERS,
  type OpenAiCompatibleSettings,
  type ProviderTimeouts,
} from '@mana-llm/llm-providers';
import { baseUrlVariable } from '../base-url-variable.js';
import type { Environment } from '../environment.js';
import type { OpenAiCompatibleEntry } from '../file/provider-entry.js';
import { settingText } from './setting-text.js';
import { withoutTrailingSlash } from './without-trailing-slash.js';

/** The settings of an OpenAI-compatible provider; undefined for a known one that has no key. */
export function toOpenAiCompatibleSettings(
  name: string,
  entry: OpenAiCompatibleEntry | undefined,
  environment: Environment,
  timeouts: ProviderTimeouts,
): OpenAiCompatibleSettings | undefined {
  const known = KNOWN_PROVIDERS.find((candidate) => candidate.name === name);
  const apiKey = entry?.apiKey ?? (known && settingText(environment, known.keyVariable));
  if (known && apiKey === undefined) return undefined;
  const knownUrl = known && (settingText(environment, baseUrlVariable(known)) ?? known.baseUrl);
  return {
    kind: 'openai-compatible',
    name,
    baseUrl: withoutTrailingSlash(entry?.baseUrl ?? knownUrl ?? ''),
    ...(apiKey === undefined ? {} : { apiKey }),
    headers: { ...entry?.headers },
    query: { ...entry?.query },
    endMarker: entry?.endMarker ?? true,
    renamedFields: { ...known?.renamedFields, ...entry?.renamedFields },
    renamedRoles: { ...(known?.renamedRoles ?? DEFAULT_RENAMED_ROLES), ...entry?.renamedRoles },
    ...(known?.reasoningField === undefined ? {} : { reasoningField: known.reasoningField }),
    timeouts,
  };
}
