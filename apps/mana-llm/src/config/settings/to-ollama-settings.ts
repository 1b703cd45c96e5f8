import type { OllamaSettings, ProviderTimeouts } from '@mana-llm/llm-providers';
import type { Environment } from '../environment.js';
import type { OllamaEntry, PullPolicy } from '../file/provider-entry.js';
import { withoutTrailingSlash } from './without-trailing-slash.js';

const DEFAULT_EMBED_BATCH = 64;

/** Everything that the file can say of an Ollama server. */
export interface ConfiguredOllama extends OllamaSettings {
  /** What becomes of a model that is not there. */
  pull: PullPolicy;
}

export function toOllamaSettings(
  name: string,
  entry: OllamaEntry | undefined,
  environment: Pick<Environment, 'OLLAMA_URL' | 'IMAGE_FETCH'>,
  timeouts: ProviderTimeouts,
): ConfiguredOllama {
  return {
    kind: 'ollama',
    name,
    baseUrl: withoutTrailingSlash(entry?.baseUrl ?? environment.OLLAMA_URL),
    headers: { ...entry?.headers },
    ...(entry?.maxContext === undefined ? {} : { maxContext: entry.maxContext }),
    embedBatch: entry?.embedBatch ?? DEFAULT_EMBED_BATCH,
    imageFetch: environment.IMAGE_FETCH === 'on',
    pull: entry?.pull ?? 'never',
    timeouts,
  };
}
