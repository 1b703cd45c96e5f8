import { ApiError, isJsonObject, type JsonObject } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../../call/call.js';
import { ResponseStore, type StoredResponse } from '../../stored-responses/response-store.js';
import { shown } from './request/content-parts.js';
import { inputItemId, newResponseId, responseIdOf } from './response-ids.js';
import type { CreateResponse, ResponseObject } from './response-types.js';

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

const itemsOf = ({ input, response }: StoredResponse): JsonObject[] => [
  ...input,
  ...(response['output'] as JsonObject[]),
];

/** A text is one message of the user. */
function toItems(input: unknown, id: string): JsonObject[] {
  const items: unknown[] = Array.isArray(input)
    ? input
    : [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  return items
    .filter((item) => isJsonObject(item))
    .map((item, index) => (typeof item['id'] === 'string' ? item : { ...item, id: inputItemId(id, item, index) }));
}

/** Without keys, everybody who may call is the same owner. */
export const ownerOf = ({ principal, isKeyChecked }: Caller): string => (isKeyChecked ? principal : '');

/** What came before a request, and what is kept of it. */
@Injectable()
export class ConversationService {
  constructor(private readonly store: ResponseStore) {}

  async begin(request: CreateResponse, caller: Caller): Promise<Turn> {
    const owner = ownerOf(caller);
    const parentId = request.previous_response_id || null;
    const id = newResponseId();
    const history = parentId === null ? [] : await this.historyOf(parentId, owner);
    const input = Array.isArray(request.input) ? await this.dereferenceAll(request.input, owner) : request.input;
    return {
      id,
      history,
      input,
      keep: async (response) => {
        if (request.store === false) return false;
        const turn = { id, parentId, input: toItems(input, id), response: { ...response } };
        return this.store.put(turn, owner);
      },
    };
  }

  private async historyOf(id: string, owner: string): Promise<unknown[]> {
    const turns = await this.store.conversation(id, owner);
    if (turns !== undefined) return turns.flatMap(itemsOf);
    const message = `Previous response with id ${shown(id)} not found. It may be too old. Send the history as input.`;
    throw ApiError.invalidRequest(message, 'previous_response_id', 'previous_response_not_found');
  }

  /** The items that references stand for. A reference to nothing stays: whoever reads it says where it is. */
  private async dereferenceAll(items: unknown[], owner: string): Promise<unknown[]> {
    const responseIds = new Set(items.map(referredResponse).filter((id) => id !== undefined));
    const known = new Map<unknown, JsonObject>();
    for (const id of responseIds) {
      const turn = await this.store.get(id, owner);
      for (const item of turn === undefined ? [] : itemsOf(turn)) known.set(item['id'], item);
    }
    const dereference = (item: unknown): unknown => known.get((item as JsonObject)['id']) ?? item;
    return items.map((item) => (referredResponse(item) === undefined ? item : dereference(item)));
  }
}
