import { randomBytes } from 'node:crypto';
import type {
  Response,
  ResponseCreateParams,
  ResponseCustomToolCall,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseUsage,
} from 'openai/resources/responses/responses.js';
import type { JsonObject } from '@mana-llm/openai-api';

// The shapes of OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses) are those of its own package, which
// is needed to build and not to run.

export type CreateResponse = Omit<ResponseCreateParams, 'model' | 'stream' | 'input' | 'tools' | 'tool_choice'> & {
  model?: string | null;
  stream?: boolean | null;
  input?: unknown;
  tools?: unknown[] | null;
  tool_choice?: unknown;
  /** The gateway's own: models and aliases that are tried in order, after `model` where that is set. */
  models?: string[] | null;
  /** Of Open Responses (https://www.openresponses.org), which OpenAI's own API has in its answers alone. */
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
};

/** What a model may say: a message, a thought, or a call of a tool. */
export type OutputItem =
  | ResponseOutputMessage
  | ResponseReasoningItem
  | ResponseFunctionToolCall
  | (ResponseCustomToolCall & { status: 'in_progress' | 'completed' | 'incomplete' });

/** A whole response. `output_text` is not there: clients make it of the output. */
export type ResponseObject = Omit<
  Response,
  'output_text' | 'output' | 'usage' | 'tools' | 'tool_choice' | 'error' | 'user'
> & {
  output: OutputItem[];
  usage: ResponseUsage | null;
  tools: unknown[];
  tool_choice: unknown;
  error: { code: string; message: string } | null;
  user: string | null;
  /** Whether the response is kept. */
  store: boolean;
};

/** How an item or a response stands. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

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
