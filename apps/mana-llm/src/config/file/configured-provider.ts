import type { EmbeddedEntry, OllamaEntry, OpenAiCompatibleEntry } from './provider-entry.js';

/** A checked entry of `providers`. */
export type ConfiguredProvider =
  | { kind: 'openai-compatible'; entry: OpenAiCompatibleEntry }
  | { kind: 'ollama'; entry: OllamaEntry }
  | { kind: 'embedded'; entry: EmbeddedEntry };
