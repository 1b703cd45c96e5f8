import {
  type ChatCompletion,
  type Embedding,
  type EmbeddingList,
  isJsonObject,
  type JsonObject,
  type Model,
  parseJson,
} from '@mana-llm/openai-api';
import { UpstreamError } from '../errors/upstream-error.js';
import { readIndex, readUsage, toUnixSeconds } from '../stream/answer-fields.js';
import type { AnswerSource } from '../stream/chunk-normalizer.js';
import { normalizeCompletion } from '../stream/normalize-completion.js';
import { refusalMeaning } from '../errors/refusal-meaning.js';
import { CONTEXT_TOO_LONG, saysContextTooLong } from '../errors/context-too-long.js';
import { unwrapErrorText } from '../errors/error-text.js';
import { retryAfterInBodyMs } from '../errors/retry-after.js';
import type { ReadError } from '../transport/upstream-refusal.js';

type Choice = ChatCompletion['choices'][number];

function withDelta({ message: { tool_calls: calls, ...message }, ...choice }: Choice): JsonObject {
  const tool_calls = calls?.map((call, index) => ({ index, ...call }));
  return { ...choice, delta: { ...message, ...(tool_calls === undefined ? {} : { tool_calls }) } };
}

/** One chunk with all of a whole answer that came in place of a stream. Throws `UpstreamError` for what is not an answer. */
export function fromWholeAnswer(raw: JsonObject, source: AnswerSource): JsonObject {
  const completion = normalizeCompletion(raw, source);
  return { ...completion, object: 'chat.completion.chunk', choices: completion.choices.map(withDelta) };
}

/** Little-endian 32-bit floats in base64, as OpenAI packs vectors. */
function unpack(base64: string): number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, position) => bytes.readFloatLE(position * 4));
}

function readVector(value: unknown): number[] | undefined {
  const vector: unknown = typeof value === 'string' ? unpack(value) : value;
  // JSON has neither Infinity nor NaN: null would be written in their place.
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
    // Some providers give every vector the index 0: then their order is that of the inputs.
    data: data.sort((one, other) => one.index - other.index).map((embedding, index) => ({ ...embedding, index })),
    model: `${source.provider}/${source.model}`,
    usage: { ...usage, prompt_tokens: promptTokens, total_tokens: usage?.total_tokens ?? promptTokens },
  };
}

/** The models of an OpenAI-compatible `GET /models`: `{data: [...]}`, or a bare list (Together). */
export function fromOpenAiModels(raw: unknown, provider: string): Model[] {
  const inData = isJsonObject(raw) ? raw['data'] : raw;
  const list: unknown[] = Array.isArray(inData) ? inData : [];
  return list.flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry['id'] !== 'string' || entry['id'] === '') return [];
    // Google lists `models/gemini-...` and takes the name without that prefix.
    const id = `${provider}/${entry['id'].replace(/^models\//, '')}`;
    const created = toUnixSeconds(entry['created']) ?? 0;
    const ownedBy = typeof entry['owned_by'] === 'string' && entry['owned_by'] !== '' ? entry['owned_by'] : provider;
    return [{ ...entry, id, object: 'model' as const, created, owned_by: ownedBy }];
  });
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function parse(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** The message, type, code and param of an error answer, in any of the shapes that OpenAI-compatible servers use. */
export function readOpenAiError(status: number, body: string): ReadError {
  // Text that is not JSON is the page of a proxy: it says nothing to a client and may name inner hosts.
  const error = unwrapErrorText(parse(body));
  const { message, fields } = error;
  return {
    message,
    type: textOrNull(fields['type']),
    code: textOrNull(fields['code']),
    param: textOrNull(fields['param']),
    retryAfterMs: retryAfterInBodyMs(error),
    ...(saysContextTooLong(status, error) ? CONTEXT_TOO_LONG : refusalMeaning(status, error)),
  };
}
