import { checkError, eventLinesOf, parse, type StreamEnd } from './answer-rules.js';
import { type Fields, isCount, isFields, must } from './openai-shapes.js';
import { checkResponse } from './response-shapes.js';

const ENDS = new Set<unknown>(['response.completed', 'response.incomplete', 'response.failed']);
const TEXT_DONE =
  /^response\.(?:output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments|custom_tool_call_input)\.done$/;

function readEvent(lines: readonly string[]): Fields {
  const [name, data, ...others] = lines;
  must(others.length === 0 && (data?.startsWith('data: ') ?? false), 'an event has its name, and one line of data');
  const event = parse(data?.slice('data: '.length) ?? '', 'an event');
  must(isFields(event), 'an event is an object');
  must(name === `event: ${String(event['type'])}`, 'an event is named by its type');
  return event;
}

const placeOf = ({ item_id, content_index, summary_index }: Fields): string =>
  JSON.stringify([item_id, content_index ?? summary_index]);

/** The pieces of a text make what its end says. */
function checkTexts(events: readonly Fields[]): void {
  const said = new Map<string, string>();
  for (const event of events) {
    const place = placeOf(event);
    if (typeof event['delta'] === 'string') said.set(place, (said.get(place) ?? '') + event['delta']);
    if (!TEXT_DONE.test(String(event['type']))) continue;
    const whole = event['text'] ?? event['refusal'] ?? event['arguments'] ?? event['input'];
    must(whole === (said.get(place) ?? ''), 'the end of a text has the pieces of it');
  }
}

/** Every item that began is in the output, as its end said. */
function checkItems(events: readonly Fields[], response: Fields): void {
  const of = (type: string): Fields[] => events.filter((event) => event['type'] === `response.output_item.${type}`);
  const output = response['output'] as Fields[];
  const added = of('added');
  must(
    added.every(({ output_index: index }, position) => index === position) && added.length === output.length,
    'each item of the output began once, in order',
  );
  const done = new Map(of('done').map(({ output_index: index, item }) => [index, item as Fields]));
  for (const [index, item] of output.entries()) {
    must((added[index]?.['item'] as Fields)['id'] === item['id'], 'an item keeps its id');
    const end = done.get(index);
    if (end !== undefined) must(JSON.stringify(end) === JSON.stringify(item), 'the output has the items as they ended');
    else must(response['status'] === 'failed' && item['status'] === 'incomplete', 'an item without an end was cut');
  }
}

/** The one end that the stream of a response has. */
export function checkResponseStream(body: string): StreamEnd {
  const events = eventLinesOf(body).map(readEvent);
  must(
    events.every((event, position) => isCount(event['sequence_number']) && event['sequence_number'] === position),
    'events are counted from 0',
  );
  const types = events.map(({ type }) => type);
  must(types[0] === 'response.created' && types[1] === 'response.in_progress', 'a stream begins as OpenAI’s do');
  must(types.findIndex((type) => ENDS.has(type)) === types.length - 1, 'a stream has one end, which is its last event');
  const response = events.at(-1)?.['response'];
  must(isFields(response), 'the end has the response');
  checkResponse(response);
  must(types.at(-1) === `response.${String(response['status'])}`, 'the end is named by the status');
  const ids = new Set(events.flatMap(({ response: one }) => (isFields(one) ? [one['id']] : [])));
  must(ids.size === 1, 'a stream has one id');
  checkTexts(events);
  checkItems(events, response);
  const failures = events.filter(({ type }) => type === 'error');
  const isFailed = response['status'] === 'failed';
  must(
    failures.length === Number(isFailed) && isFailed === (types.at(-2) === 'error'),
    'an error stands before its end',
  );
  return isFailed ? { isDone: false, error: checkError({ error: failures[0]?.['error'] }, 'error') } : { isDone: true };
}
