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
