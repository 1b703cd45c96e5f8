import type { EmbeddingList } from '@mana-llm/openai-api';
import { type Answer, jsonAnswer } from './answer.js';
import type { FakeEmbeddingRequest } from './recorded-request.js';

const DEFAULT_DIMENSIONS = 256;

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** Numbers of -1 to 1, the same for the same seed: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/**
 * The vector that the fake has for a text: each word has a direction of its own, and a text the mean of its words. So the same
 * text has the same vector of length 1, and texts that share words are nearer than texts that do not.
 */
export function fakeEmbedding(text: string, dimensions = DEFAULT_DIMENSIONS): number[] {
  const sum = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]) {
    const next = randomNumbers(hash(word));
    // A long word says more than `the`.
    for (let at = 0; at < dimensions; at += 1) sum[at]! += next() * (word.length || 1);
  }
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

function toBase64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [at, value] of vector.entries()) view.setFloat32(at * 4, value, true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

/** Without `vectors`: those of the texts. */
export function embeddingAnswer(
  { texts, body }: FakeEmbeddingRequest,
  model: string,
  vectors?: readonly (readonly number[])[],
): Answer {
  const made = vectors ?? texts.map((text) => fakeEmbedding(text, body.dimensions ?? undefined));
  const isBase64 = body.encoding_format === 'base64';
  const tokens = texts.join(' ').match(/\S+/g)?.length ?? 0;
  const list: EmbeddingList = {
    object: 'list',
    data: made.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64 ? toBase64(vector) : [...vector],
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return jsonAnswer(200, list);
}
