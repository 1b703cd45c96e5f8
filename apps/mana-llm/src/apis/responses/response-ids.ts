import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@mana-llm/openai-api';

const ITEM_ID = /^[a-z]+_([0-9a-f]{32})[0-9a-f]{4}$/;
/** Items of the input are counted from here, those of the output from 0. */
const FIRST_INPUT = 0x8000;
const PREFIXES = new Map<unknown, string>([
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['function_call_output', 'fco'],
  ['custom_tool_call', 'ctc'],
  ['custom_tool_call_output', 'cto'],
]);

/** `resp_` and 128 random bits. */
export const newResponseId = (): string => `resp_${randomBytes(16).toString('hex')}`;

/** The digits of the response, then the place of the item: so a reference to an item finds its response. */
function itemId(prefix: string, responseId: string, place: number): string {
  return `${prefix}_${responseId.slice('resp_'.length)}${place.toString(16).padStart(4, '0')}`;
}

export function outputItemId(responseId: string, type: string, outputIndex: number): string {
  return itemId(PREFIXES.get(type) ?? 'item', responseId, outputIndex);
}

export function inputItemId(responseId: string, { type = 'message' }: JsonObject, index: number): string {
  return itemId(PREFIXES.get(type) ?? 'item', responseId, FIRST_INPUT + index);
}

/** The id of the response that an item belongs to; undefined for an id that is not ours. */
export function responseIdOf(id: string): string | undefined {
  const digits = ITEM_ID.exec(id)?.[1];
  return digits === undefined ? undefined : `resp_${digits}`;
}
