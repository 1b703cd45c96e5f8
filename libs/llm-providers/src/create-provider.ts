import { EmbeddedProvider } from './embedded/embedded.provider.js';
import type { LlmProvider } from './llm-provider.js';
import { OllamaProvider } from './ollama/ollama.provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible.provider.js';
import type { ProviderSettings } from './provider-settings.js';

/** The adapter for one entry of the configuration. */
export function createProvider(settings: ProviderSettings): LlmProvider {
  switch (settings.kind) {
    case 'openai-compatible':
      return new OpenAiCompatibleProvider(settings);
    case 'ollama':
      return new OllamaProvider(settings);
    case 'embedded':
      return new EmbeddedProvider(settings);
    default: {
      const unknown: never = settings;
      throw new TypeError(`unknown provider kind in ${JSON.stringify(unknown)}`);
    }
  }
}
