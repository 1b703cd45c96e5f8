import { checkResponseStream } from './response-events.js';
import { checkResponseAnswer } from './response-shapes.js';

type Event = Record<string, unknown>;

const ID = `resp_${'0'.repeat(32)}`;
const FRAME = {
  ...{ id: ID, object: 'response', model: 'm', created_at: 1, tools: [], metadata: {}, parallel_tool_calls: true },
  ...{ text: {}, reasoning: {}, error: null, incomplete_details: null, usage: null, output: [] },
};
const MESSAGE = {
  ...{ id: 'msg_0', type: 'message', status: 'completed', role: 'assistant' },
  content: [{ type: 'output_text', text: 'ab', annotations: [], logprobs: [] }],
};
const WHOLE = { ...FRAME, status: 'completed', output: [MESSAGE] };
const CALL = { id: 'fc_0', type: 'function_call', call_id: 'c', name: 'f', arguments: '{', status: 'incomplete' };
const FAILED = { ...FRAME, status: 'failed', error: { code: 'x', message: 'no' }, output: [CALL] };
const ERROR = { message: 'no', type: 'x', param: null, code: 'x' };

const PLACE = { item_id: 'msg_0', output_index: 0, content_index: 0 };
const created = { type: 'response.created', response: FRAME };
const inProgress = { type: 'response.in_progress', response: FRAME };
const added = (item: object): Event => ({ type: 'response.output_item.added', output_index: 0, item });
const textDone = (text: string): Event => ({ type: 'response.output_text.done', ...PLACE, text });
const done = { type: 'response.output_item.done', output_index: 0, item: MESSAGE };
const completed = { type: 'response.completed', response: WHOLE };
const delta = { type: 'response.output_text.delta', ...PLACE, delta: 'ab' };
const said = [created, inProgress, added(MESSAGE), delta, textDone('ab'), done];
const error = { type: 'error', error: ERROR };
const failed = { type: 'response.failed', response: FAILED };

const streamOf = (...events: Event[]): string =>
  events
    .map((event, index) => ({ ...event, sequence_number: index }))
    .map((event: Event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`)
    .join(': ping\n\n');

describe('the rules of the fuzz for responses', () => {
  it('accept what keeps to the contract', () => {
    expect(checkResponseStream(streamOf(...said, completed))).toEqual({ isDone: true });
    expect(checkResponseStream(streamOf(created, inProgress, added(CALL), error, failed))).toMatchObject({
      isDone: false,
      error: ERROR,
    });
    checkResponseAnswer(WHOLE);
    checkResponseAnswer({ object: 'list', data: [MESSAGE], has_more: false });
    checkResponseAnswer({ object: 'response', id: ID, deleted: true });
  });

  it.each<[string, string]>([
    ['has no end', streamOf(...said)],
    ['goes on behind its end', streamOf(...said, completed, delta)],
    ['has an error and is whole', streamOf(...said, error, completed)],
    ['failed without an error', streamOf(created, inProgress, added(CALL), failed)],
    ['begins in the middle', streamOf(...said.slice(1), completed)],
    ['has a text that is not what its pieces say', streamOf(...said.slice(0, 4), textDone('b'), done, completed)],
    ['is whole without the end of an item', streamOf(...said.slice(0, 5), completed)],
    ['loses an item', streamOf(...said, { ...completed, response: { ...WHOLE, output: [] } })],
    ['changes its id', streamOf(...said, { ...completed, response: { ...WHOLE, id: `resp_${'1'.repeat(32)}` } })],
    ['counts its events wrongly', streamOf(...said, completed).replace('"sequence_number":3', '"sequence_number":4')],
    ['names an event by another type', streamOf(...said, completed).replace('event: response.created', 'event: x')],
  ])('refuse a stream that %s', (_what, body) => {
    expect(() => checkResponseStream(body)).toThrow(expect.objectContaining({ kind: 'contract' }));
  });

  it.each<[string, object]>([
    ['has failed', FAILED],
    ['has not ended', { ...WHOLE, status: 'in_progress' }],
    ['has an item of an unknown type', { ...WHOLE, output: [{ ...MESSAGE, type: 'x' }] }],
    ['has a part without its text', { ...WHOLE, output: [{ ...MESSAGE, content: [{ type: 'output_text' }] }] }],
    ['has a call without a name', { ...WHOLE, output: [{ ...CALL, name: '' }] }],
    ['has two items of one id', { ...WHOLE, output: [MESSAGE, MESSAGE] }],
    ['has a count that is none', { ...WHOLE, usage: { input_tokens: '1' } }],
    ['is incomplete without a reason', { ...WHOLE, status: 'incomplete' }],
  ])('refuse a response that %s', (_what, response) => {
    expect(() => checkResponseAnswer(response as Event)).toThrow(expect.objectContaining({ kind: 'contract' }));
  });
});
