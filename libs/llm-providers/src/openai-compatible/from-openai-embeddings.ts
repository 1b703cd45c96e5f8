import { type Embedding, type EmbeddingList, isJsonObject } from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { readIndex } from '../stream/read-index.js';
import { readUsage } from '../stream/read-usage.js';

/** Little-endian 32-bit floats in base64, as OpenAI packs vectors. */
function unpack(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, position) => bytes.readFloatLE(position * 4));
}

function readVector(value: unknown): number[] | undefined {
  const vector: unknown = typeof value === 'string' ? unpack(value) : value;
  // JSON has no Infinity and no NaN: we would write null in their place.
  const isVector = Array.isArray(vector) && vector.length > 0 && vector.every(Number.isFinite);
  return isVector ? (vector as number[]) : undefined;
}

function readEmbedding(raw: unknown, position: number): Embedding | undefined {
  if (!isJsonObject(raw)) return undefined;
  const embedding = readVector(raw['embedding']);
  const index = readIndex(raw['index'], position);
  return embedding === undefined || index === undefined ? undefined : { object: 'embedding', index, embedding };
}

/** An OpenAI-compatible provider's embeddings, in the order of the inputs. Throws when one is missing or unreadable. */
export function fromOpenAiEmbeddings(
  raw: unknown,
  source: { provider: string; model: string; inputCount: number },
): EmbeddingList {
  const list: unknown[] = isJsonObject(raw) && Array.isArray(raw['data']) ? raw['data'] : [];
  const data = list.map(readEmbedding).filter((embedding) => embedding !== undefined);
  if (!isJsonObject(raw) || data.length !== source.inputCount || list.length !== data.length) {
    const message = `${source.provider} answered with ${data.length} embeddings for ${source.inputCount} inputs.`;
    throw new UpstreamError(message, { provider: source.provider, kind: 'bad_response' });
  }
  const usage = readUsage(raw);
  const promptTokens = usage?.prompt_tokens ?? 0;
  return {
    object: 'list',
    // Some providers number every vector 0: then they stand in the order of the inputs.
    data: data.sort((one, other) => one.index - other.index).map((embedding, index) => ({ ...embedding, index })),
    model: `${source.provider}/${source.model}`,
    usage: { ...usage, prompt_tokens: promptTokens, total_tokens: usage?.total_tokens ?? promptTokens },
  };
}
