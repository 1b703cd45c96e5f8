import type { OutputItem, ResponseObject } from '../../src/apis/responses/response-types.js';

/** An event of a stream of the Responses API. */
export interface ResponseEvent {
  type: string;
  sequence_number: number;
  output_index?: number;
  content_index?: number;
  item_id?: string;
  delta?: string;
  item?: OutputItem;
  response?: ResponseObject;
  [field: string]: unknown;
}

const ENDS = ['response.completed', 'response.incomplete', 'response.failed'];

/** The events of a body. Each must be whole, and be named by its type. */
export function readResponseEvents(text: string): ResponseEvent[] {
  return text
    .split('\n\n')
    .map((frame) => frame.trim())
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame) => {
      const match = /^event: (.+)\ndata: (.+)$/.exec(frame);
      const event = JSON.parse(match?.[2] ?? '') as ResponseEvent;
      expect(event.type).toBe(match?.[1]);
      return event;
    });
}

const isOf = (place: string) => (event: ResponseEvent) =>
  `${event.item_id}/${event.content_index ?? ''}` === place && event.delta !== undefined;

/** What the pieces of a text make together must be what its `.done` says. */
function expectSameText(events: ResponseEvent[], done: ResponseEvent): void {
  const place = `${done.item_id}/${done.content_index ?? ''}`;
  const text = events
    .filter(isOf(place))
    .map(({ delta }) => delta ?? '')
    .join('');
  expect(text).toBe(done['text'] ?? done['refusal'] ?? done['arguments'] ?? done['input']);
}

/** A call that is not done: the response has failed. */
function cutCall(response: ResponseObject | undefined, index: number): OutputItem | undefined {
  const item = response?.output[index];
  expect(response?.status).toBe('failed');
  expect(item?.status).toBe('incomplete');
  expect(item?.type).toMatch(/_call$/);
  return item;
}

/** What holds of every stream, however it ends. Returns the response of its last event. */
export function expectWellFormed(events: ResponseEvent[]): ResponseObject {
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
  expect(events.filter(({ type }) => ENDS.includes(type))).toEqual([events.at(-1)]);
  const added = events.filter(({ type }) => type === 'response.output_item.added');
  expect(added.map(({ output_index }) => output_index)).toEqual(added.map((_, index) => index));
  const done = events.filter(({ type }) => type === 'response.output_item.done');
  const response = events.at(-1)?.response;
  const items = added.map(
    ({ output_index: index = -1 }) =>
      done.find(({ output_index }) => output_index === index)?.item ?? cutCall(response, index),
  );
  expect(response?.output).toEqual(items);
  expect(new Set(items.map((item) => item?.id)).size).toBe(items.length);
  expect(added.map(({ item }) => item?.id)).toEqual(items.map((item) => item?.id));
  for (const event of events) {
    if (
      /\.(output_text|refusal|reasoning_text|function_call_arguments|custom_tool_call_input)\.done$/.test(event.type)
    ) {
      expectSameText(events, event);
    }
  }
  const ids = events.flatMap((event) => (event.response === undefined ? [] : [event.response.id]));
  expect(new Set(ids).size).toBe(1);
  return response as ResponseObject;
}

/** The text of all messages. */
export function textOfResponse({ output }: Pick<ResponseObject, 'output'>): string {
  const messages = output.filter((item) => item.type === 'message');
  return messages
    .flatMap(({ content }) => content.map((part) => (part.type === 'output_text' ? part.text : '')))
    .join('');
}
