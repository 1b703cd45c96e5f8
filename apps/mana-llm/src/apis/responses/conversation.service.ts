import { ApiError, isJsonObject, type JsonObject, stringifyJson } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Call } from '../../call/call.js';
import { ResponseStore } from '../../stored-responses/response-store.js';
import type { StoreReading } from '../../stored-responses/store-reading.js';
import type { StoredResponse } from '../../stored-responses/stored-response.js';
import { shown } from './request/content-parts.js';
import { checkItemCount } from './request/input-messages.js';
import {
  type CreateResponse,
  inputItemId,
  newResponseId,
  responseIdOf,
  type ResponseObject,
} from './response-types.js';

/** A request in its conversation. */
export interface Turn {
  /** The id that its response gets. */
  id: string;
  /** The items of all turns before, inputs and outputs in their order. */
  history: unknown[];
  /** The request's own input: a text, or items without references. */
  input: unknown;
  /** Keeps the turn with its response. Says whether it is kept now; rejects never. */
  keep(response: ResponseObject): Promise<boolean>;
}

/** The response whose item a reference names. */
function referredResponse(item: unknown): string | undefined {
  if (!isJsonObject(item) || item['type'] !== 'item_reference' || typeof item['id'] !== 'string') return undefined;
  return responseIdOf(item['id']);
}

const itemsOf = ({ input, output }: StoredResponse): JsonObject[] => [...input, ...output];

async function historyOf(id: string, reading: StoreReading): Promise<unknown[]> {
  const turns = await reading.conversation(id);
  if (turns !== undefined) return turns.flatMap(itemsOf);
  const message = `Previous response with id ${shown(id)} not found. It may be too old. Send the history as input.`;
  throw ApiError.invalidRequest(message, 'previous_response_id', 'previous_response_not_found');
}

/** Like OpenAI's API: each reference to a large item would take its length anew. */
function checkNamedOnce(items: readonly unknown[]): void {
  const named = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    if (referredResponse(item) === undefined) continue;
    const { id } = item as JsonObject;
    if (named.has(id)) {
      const message = `input[${index}]: the item ${shown(id)} is named twice. Name it once.`;
      throw ApiError.invalidRequest(message, `input[${index}].id`);
    }
    named.add(id);
  }
}

/** The items that references stand for. A reference to nothing stays: whoever reads it says where it is. */
async function dereferenceAll(items: unknown[], reading: StoreReading): Promise<unknown[]> {
  checkNamedOnce(items);
  const responseIds = new Set(items.map(referredResponse).filter((id) => id !== undefined));
  const known = new Map<unknown, JsonObject>();
  for (const id of responseIds) {
    const turn = await reading.get(id);
    for (const item of turn === undefined ? [] : itemsOf(turn)) known.set(item['id'], item);
  }
  const dereference = (item: unknown): unknown => known.get((item as JsonObject)['id']) ?? item;
  return items.map((item) => (referredResponse(item) === undefined ? item : dereference(item)));
}

/** A text is one message of the user. */
function toItems(input: unknown, id: string): JsonObject[] {
  const items: unknown[] = Array.isArray(input)
    ? input
    : [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  return items
    .filter((item) => isJsonObject(item))
    .map((item, index) => (typeof item['id'] === 'string' ? item : { ...item, id: inputItemId(id, item, index) }));
}

/** What came before a request, and what is kept of it. */
@Injectable()
export class ConversationService {
  constructor(private readonly store: ResponseStore) {}

  async begin(request: CreateResponse, call: Call): Promise<Turn> {
    const parentId = request.previous_response_id || null;
    const id = newResponseId();
    // Before anything is read for them.
    if (Array.isArray(request.input)) checkItemCount(request.input.length);
    const reading = this.store.read(call);
    const history = parentId === null ? [] : await historyOf(parentId, reading);
    const input = Array.isArray(request.input) ? await dereferenceAll(request.input, reading) : request.input;
    return {
      id,
      history,
      input,
      keep: async (response) => {
        if (request.store === false) return false;
        const { output, ...rest } = response;
        const turn = { id, parentId, input: toItems(input, id), output, response: stringifyJson(rest) };
        return this.store.put(turn as unknown as StoredResponse, call);
      },
    };
  }
}
