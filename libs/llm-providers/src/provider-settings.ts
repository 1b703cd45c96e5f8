import { MAX_JSON_DEPTH } from '@mana-llm/openai-api';

/** All in milliseconds. */
export interface ProviderTimeouts {
  /** To an open connection, TLS included. */
  connectMs: number;
  /** From the request to the first chunk with content. */
  firstTokenMs: number;
  /** Between two pieces of a stream, after the first content. */
  idleMs: number;
  /** From the request to the end of the answer. */
  totalMs: number;
  /** From the request to the end of a buffered answer, where that is not `totalMs`. */
  bufferedMs?: number;
}

/** What of an answer is read, buffered or as one event of a stream. More is an error, not memory. */
export interface AnswerLimits {
  maxBytes: number;
  /** How deep its JSON may nest. */
  maxDepth: number;
}

/** Answers hold images and long batches of vectors: 2048 of 4096 floats are about 100 MB of JSON. */
export const DEFAULT_ANSWER_LIMITS: AnswerLimits = { maxBytes: 128 * 1024 * 1024, maxDepth: MAX_JSON_DEPTH };

export interface OpenAiCompatibleSettings {
  kind: 'openai-compatible';
  name: string;
  /** With the version path and without a slash at the end: `https://api.groq.com/openai/v1`. */
  baseUrl: string;
  apiKey?: string;
  headers: Record<string, string>;
  query: Record<string, string>;
  /** False for a provider known to end its streams without `[DONE]`. */
  endMarker: boolean;
  /** Request fields that the provider knows by another name; null: it does not know them at all. */
  renamedFields: Record<string, string | null>;
  /** Roles that the provider knows by another name. */
  renamedRoles: Record<string, string>;
  /** The one name under which the provider takes an assistant turn's reasoning; `none`: it takes none. Left out: as sent. */
  reasoningField?: 'reasoning' | 'reasoning_content' | 'none';
  timeouts: ProviderTimeouts;
  /** Left out: `DEFAULT_ANSWER_LIMITS`. */
  answerLimits?: AnswerLimits;
}

export interface OllamaSettings {
  kind: 'ollama';
  name: string;
  /** `http://localhost:11434`, without `/api`. */
  baseUrl: string;
  headers: Record<string, string>;
  /** The largest context asked for, in tokens; left out: as large as the model's own. */
  maxContext?: number;
  /** The most texts of one call of `/api/embed`. */
  embedBatch: number;
  /** Images at http(s) addresses are fetched for the model; false: they are refused. */
  imageFetch: boolean;
  /** What becomes of a model that is not there: `missing`: it is pulled, and who asked for it waits. */
  pull: 'never' | 'missing';
  timeouts: ProviderTimeouts;
  /** Left out: `DEFAULT_ANSWER_LIMITS`. */
  answerLimits?: AnswerLimits;
}

export interface EmbeddedSettings {
  kind: 'embedded';
  name: string;
  /** A path to a GGUF file, or a URI that node-llama-cpp resolves (`hf:org/repo:quant`). */
  model: string;
  timeouts: ProviderTimeouts;
}

export type ProviderSettings = OpenAiCompatibleSettings | OllamaSettings | EmbeddedSettings;
