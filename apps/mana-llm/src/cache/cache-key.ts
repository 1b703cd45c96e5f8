import { type ChatCompletionRequest, type EmbeddingRequest, type JsonObject, setField } from '@mana-llm/openai-api';
import { canonicalHash } from './canonical-hash.js';
import { isChatDefault } from './chat/is-chat-default.js';

/** The number changes when what is stored, or what a key stands for, does: entries of older gateways are never read then. */
const PREFIX = 'mana-llm:v1';

/** The route stands for the model; the form of the answer says nothing of its content. */
const CHAT_FIELDS_LEFT_OUT: ReadonlySet<string> = new Set(['model', 'models', 'stream', 'stream_options']);
/** Floats are stored, and packed for whoever wants base64. */
const EMBEDDING_FIELDS_LEFT_OUT: ReadonlySet<string> = new Set(['model', 'models', 'input', 'encoding_format']);

export interface KeyedRequest<T> {
  request: T;
  /** The resolved `provider/model` names that may answer, in order. */
  route: readonly string[];
  /** Whose answers these are; undefined: everybody's. */
  scope: string | undefined;
}

/** One text, or one list of tokens. */
export type EmbeddingItem = string | number[];

function fieldsWhere(request: JsonObject, counts: (field: string, value: unknown) => boolean): JsonObject {
  const fields: JsonObject = {};
  for (const field of Object.keys(request)) {
    if (counts(field, request[field])) setField(fields, field, request[field]);
  }
  return fields;
}

/**
 * Every field counts but the few that are named, unknown ones too. So do `user`, `safety_identifier`, `prompt_cache_key` and
 * `metadata`, which name an end user: providers act on them (blocks, records, routing), and an answer shared by mistake is worse
 * than one asked for twice.
 */
export function chatCacheKey({ request, route, scope }: KeyedRequest<ChatCompletionRequest>): string {
  const fields = fieldsWhere(
    request,
    (field, value) => !CHAT_FIELDS_LEFT_OUT.has(field) && !isChatDefault(field, value, request),
  );
  return `${PREFIX}:chat:${canonicalHash({ fields, route, scope })}`;
}

/**
 * The keys of items of an embedding request, in order. No `dimensions` and null are the same to every provider. What the items
 * share is hashed once: there may be 2,048 of them beside a field of megabytes.
 */
export function embeddingCacheKeys(
  { request, route, scope }: KeyedRequest<EmbeddingRequest>,
  items: readonly EmbeddingItem[],
): string[] {
  const fields = fieldsWhere(
    request,
    (field, value) => !EMBEDDING_FIELDS_LEFT_OUT.has(field) && !(field === 'dimensions' && value === null),
  );
  const shared = canonicalHash({ fields, route, scope });
  return items.map((input) => `${PREFIX}:embedding:${canonicalHash({ shared, input })}`);
}
