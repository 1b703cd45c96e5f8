import type { OllamaSettings, ProviderTimeouts } from '@mana-llm/llm-providers';
import type { OllamaEntry, PullPolicy } from '../file/provider-entry.js';
import { withoutTrailingSlash } from './without-trailing-slash.js';

const DEFAULT_EMBED_BATCH = 64;

/** Everything that the file can say of an Ollama server. */
export interface ConfiguredOllama extends OllamaSettings {
  /** The largest context asked for, in tokens; undefined: as large as the model's own. */
  maxContext?: number;
  /** Texts for each call of `/api/embed`. */
  embedBatch: number;
  /** What becomes of a model that is not there. */
  pull: PullPolicy;
}

export function toOllamaSettings(
  name: string,
  entry: OllamaEntry | undefined,
  fallbackUrl: string,
  timeouts: ProviderTimeouts,
): ConfiguredOllama {
  return {
    kind: 'ollama',
    name,
    baseUrl: withoutTrailingSlash(entry?.baseUrl ?? fallbackUrl),
    headers: { ...entry?.headers },
    ...(entry?.maxContext === undefined ? {} : { maxContext: entry.maxContext }),
    embedBatch: entry?.embedBatch ?? DEFAULT_EMBED_BATCH,
    pull: entry?.pull ?? 'never',
    timeouts,
  };
}
