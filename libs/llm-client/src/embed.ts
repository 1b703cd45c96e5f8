import type { EmbeddingList, EmbeddingRequest } from '@mana-llm/openai-api';
import type { LlmCallOptions } from './call-options.js';
import { LlmUnavailableError } from './errors.js';

/** How `embed` is called: fields of the request, and how it is made. */
export interface LlmEmbedOptions extends LlmCallOptions, Omit<EmbeddingRequest, 'input' | 'encoding_format'> {}

/** How many texts go in one request: OpenAI takes 2,048, a model on a small machine should not need minutes for one. */
const BATCH_SIZE = 256;

export function toBatches(texts: readonly string[]): string[][] {
  const count = Math.ceil(texts.length / BATCH_SIZE);
  return Array.from({ length: count }, (_, batch) => texts.slice(batch * BATCH_SIZE, (batch + 1) * BATCH_SIZE));
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Floats in base64 are little-endian and 32 bits long (https://platform.openai.com/docs/api-reference/embeddings/create). */
function decodeBase64(text: string): Float32Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  if (isLittleEndian) return new Float32Array(bytes.buffer);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true));
}

const toVector = (embedding: number[] | string): Float32Array =>
  typeof embedding === 'string' ? decodeBase64(embedding) : Float32Array.from(embedding);

/** The vectors of a batch in the order of its texts. Throws where one is missing. */
export function readVectors({ data }: EmbeddingList, count: number): Float32Array[] {
  const vectors: (Float32Array | undefined)[] = Array.from({ length: count }, () => undefined);
  try {
    for (const { index, embedding } of data) vectors[index] = toVector(embedding);
  } catch (cause) {
    throw new LlmUnavailableError('An embedding cannot be read.', { code: 'bad_response', cause });
  }
  const found = vectors.filter((vector) => vector !== undefined);
  if (found.length === count && vectors.length === count) return found;
  const message = `The gateway gave ${found.length} embeddings for ${count} texts.`;
  throw new LlmUnavailableError(message, { code: 'bad_response' });
}
