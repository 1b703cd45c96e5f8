import type { OllamaSettings, ProviderTimeouts } from '@mana-llm/llm-providers';
import type { Environment } from '../environment.js';
import type { OllamaEntry } from '../file/provider-entry.js';
import { withoutTrailingSlash } from './without-trailing-slash.js';

export const DEFAULT_OLLAMA_URL = 'http://localhost:11434';
const DEFAULT_EMBED_BATCH = 64;

/** One for each host of the provider. */
export function toOllamaSettings(
  name: string,
  entry: OllamaEntry | undefined,
  environment: Pick<Environment, 'OLLAMA_URL' | 'OLLAMA_HOST' | 'IMAGE_FETCH'>,
  timeouts: ProviderTimeouts,
): OllamaSettings[] {
  const hosts = [entry?.baseUrl ?? environment.OLLAMA_URL ?? environment.OLLAMA_HOST ?? DEFAULT_OLLAMA_URL].flat();
  return hosts.map((baseUrl) => ({
    kind: 'ollama',
    name,
    baseUrl: withoutTrailingSlash(baseUrl),
    headers: { ...entry?.headers },
    ...(entry?.maxContext === undefined ? {} : { maxContext: entry.maxContext }),
    embedBatch: entry?.embedBatch ?? DEFAULT_EMBED_BATCH,
    imageFetch: environment.IMAGE_FETCH === 'on',
    pull: entry?.pull ?? 'never',
    timeouts,
  }));
}
