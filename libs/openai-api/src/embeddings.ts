/**
 * The body of `POST /v1/embeddings`: OpenAI's `CreateEmbeddingRequest`
 * (https://platform.openai.com/docs/api-reference/embeddings/create) and the fields that the gateway adds to it. A field of the
 * type `unknown` is not checked by the gateway. At run time a request may have further fields; the gateway passes them on.
 */
export type EmbeddingRequest = {
  /** `provider/model`, a bare Ollama model name, or an alias. Left out: the default model. */
  model?: string | null;
  /** A text, up to 2048 texts, a list of tokens, or up to 2048 lists of tokens. */
  input: string | string[] | number[] | number[][];
  /** Left out: `float`. */
  encoding_format?: 'float' | 'base64' | null;
  /** The length of each vector. */
  dimensions?: number | null;
  user?: unknown;

  /** The gateway's own: models and aliases that are tried in order, after `model` where that is set. */
  models?: string[] | null;
  /** Ollama's own (https://docs.ollama.com/api/embed). */
  keep_alive?: unknown;
  options?: unknown;
};

/** One vector of an `EmbeddingList`; `index` is the place of its input in the request. */
export interface Embedding {
  object: 'embedding';
  index: number;
  /** Floats, or the base64 text of little-endian 32-bit floats. */
  embedding: number[] | string;
}

/** The answer of `POST /v1/embeddings` (OpenAI's `CreateEmbeddingResponse`). */
export interface EmbeddingList {
  object: 'list';
  data: Embedding[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number; [field: string]: unknown };
  [field: string]: unknown;
}
