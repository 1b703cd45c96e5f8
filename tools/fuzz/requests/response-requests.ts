// Requests to the Responses API that clients with good manners send.
import fc from 'fast-check';

const words = (text: string): string[] => text.split(' ');

/** The digits of an id, which stand for those of a response that is kept when the request is sent. */
export const KEPT = 'f'.repeat(32);
const KEPT_RESPONSE = `resp_${KEPT}`;
const said = (role: string, ...content: unknown[]): object => ({ type: 'message', role, content });
const text = (type: string): object => ({ type, text: 'a' });
const reference = (place: string): object => ({ type: 'item_reference', id: `msg_${KEPT}${place}` });

const FUNCTION = { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true };
const CUSTOM = { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' } };
const NAMESPACE = { type: 'namespace', name: 'n', description: 'd', tools: [FUNCTION, CUSTOM] };
const TOOLS = [FUNCTION, CUSTOM, NAMESPACE, { type: 'web_search' }, { type: 'mcp', server_label: 'm' }];
const ALLOWED = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] };
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';

const IMAGE = { type: 'input_image', image_url: PIXEL, detail: 'low' };
const FILE = { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,YQ==' };
const CALLS = [
  { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":"b"}', id: 'fc_1', status: 'completed' },
  { type: 'custom_tool_call', call_id: 'c2', name: 'c', input: 'a', namespace: 'n' },
  { type: 'function_call_output', call_id: 'c1', output: 'b' },
  { type: 'custom_tool_call_output', call_id: 'c2', output: [text('input_text'), IMAGE] },
];
const THOUGHT = { type: 'reasoning', id: 'rs_1', summary: [text('summary_text')], encrypted_content: 'a' };
const CONVERSATION = [
  said('developer', text('input_text')),
  said('user', text('input_text'), IMAGE, FILE),
  { ...THOUGHT, content: [text('reasoning_text')] },
  said('assistant', { ...text('output_text'), annotations: [] }, { type: 'refusal', refusal: 'a' }),
  ...CALLS,
  { type: 'additional_tools', role: 'developer', tools: [CUSTOM, NAMESPACE] },
  { role: 'user', content: 'b' },
];
const SCHEMA = { type: 'json_schema', name: 'x', schema: { type: 'object' }, strict: true };

const FIELDS = [
  { input: 'a' },
  { input: 'a', instructions: 'b', metadata: { a: 'b' }, user: 'u', truncation: 'auto', store: false },
  { input: CONVERSATION },
  { input: CONVERSATION, tools: TOOLS, tool_choice: 'required', parallel_tool_calls: false },
  { input: 'a', tools: TOOLS, tool_choice: { type: 'function', name: 'f' } },
  { input: 'a', tools: TOOLS, tool_choice: { type: 'custom', name: 'c' } },
  { input: 'a', tools: TOOLS, tool_choice: ALLOWED },
  { input: 'a', text: { format: SCHEMA, verbosity: 'low' }, reasoning: { effort: 'low', summary: 'auto' } },
  { input: 'a', text: { format: { type: 'json_object' } }, max_output_tokens: 5, temperature: 0, top_p: 1 },
  { input: 'a', top_logprobs: 2, include: ['message.output_text.logprobs'], models: ['oai/b', 'ollama/b'] },
  { input: 'a', previous_response_id: KEPT_RESPONSE },
  { input: [reference('8000'), reference('0000'), { role: 'user', content: 'a' }] },
  { input: [reference('0001')], previous_response_id: KEPT_RESPONSE },
  { input: 'a', background: false, conversation: null, prompt: null, max_tool_calls: null },
];

/** Names that readers of these requests know. */
export const RESPONSE_FIELDS = words(
  'input instructions previous_response_id item_reference background conversation prompt max_tool_calls context_management ' +
    'include text format verbosity reasoning effort summary encrypted_content call_id arguments output namespace definition ' +
    'grammar image_url detail file_data file_id filename max_output_tokens truncation metadata store tools allowed_tools mode id',
);

/** The body of a request; `models` are those that it may name. */
export const responseBody = (models: fc.Arbitrary<string | undefined>): fc.Arbitrary<object> =>
  fc
    .record({ model: models, fields: fc.constantFrom(...FIELDS), stream: fc.constantFrom(undefined, true) })
    .map(({ model, fields, stream }) => ({ model, ...fields, stream }));

const QUERIES = [
  '',
  '?limit=1&order=asc',
  '?limit=0',
  '?limit=1e3',
  '?order=x',
  `?after=msg_${KEPT}8000`,
  '?after=%ff',
];
const IDS = [
  ...[KEPT_RESPONSE, KEPT_RESPONSE, `${KEPT_RESPONSE}0`, `resp_${KEPT.toUpperCase()}`, `resp_${'0'.repeat(32)}`],
  ...[
    `msg_${KEPT}8000`,
    'resp_',
    '%00',
    '%ff',
    '%',
    '..',
    '__proto__',
    'x'.repeat(3_000),
    '%0d%0ax-evil:1',
    'input_items',
  ],
];

/** Paths of responses that are kept, and of some that never were. */
export const storedResponsePaths = [
  ...IDS.map((id) => `/v1/responses/${id}`),
  ...QUERIES.map((query) => `/v1/responses/${KEPT_RESPONSE}/input_items${query}`),
  ...words('/v1/responses /v1/responses/ /v1/responses/compact /v1/responses/input_tokens /V1/Responses'),
  `/v1/responses/${KEPT_RESPONSE}/cancel`,
];
