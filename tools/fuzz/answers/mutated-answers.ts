import fc from 'fast-check';
import { mutationsOf } from '../mutated-json.js';
import type { Delivery, FrameEdit, UpstreamCase } from './upstream-case.js';
import { DOCUMENTS, ERRORS, type UpstreamApi } from './upstream-documents.js';

/** Names that readers of answers know. */
const NAMES = (
  'error choices message delta done done_reason usage logprobs tool_calls thinking type reasoning reasoning_content refusal id ' +
  'index finish_reason object x_groq annotations code status status_code created created_at content audio function arguments ' +
  'models detail retry_after top_logprobs token bytes embedding embeddings details capabilities data prompt_tokens name'
).split(' ');

const TOOLS = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
/** Answers to the first ones may be kept. */
const ASKED = [
  {},
  { temperature: 0 },
  { temperature: 0, tools: TOOLS },
  { temperature: 0, response_format: { type: 'json_object' }, stream_options: { include_usage: true } },
  { tools: TOOLS, tool_choice: 'required' },
  { tools: TOOLS, parallel_tool_calls: false, stream_options: { include_usage: true } },
  { n: 2, seed: 7 },
  { logprobs: true, top_logprobs: 1 },
  { encoding_format: 'base64', dimensions: 2 },
];

const CUSTOM = { type: 'custom', name: 'f' };
const ASKED_OF_RESPONSES = [
  {},
  { temperature: 0, store: false },
  { temperature: 0, tools: [{ type: 'function', name: 'f' }] },
  { temperature: 0, tools: [CUSTOM], tool_choice: 'required', parallel_tool_calls: false },
  { text: { format: { type: 'json_object' } } },
  { top_logprobs: 1, include: ['message.output_text.logprobs'] },
  { tools: [{ type: 'namespace', name: 'n', tools: [CUSTOM] }] },
];

const INSERTED_FRAMES = [
  ...['data: \n\n', '\n', ':\n\n', 'event: error\ndata: {"message":"m"}\n\n', 'data\n\n', 'id: 5\nretry: 1\n\n'],
  ...['data: [DONE]\n\n', '{}\n', 'null\n', 'data: null\n\n', '\0\n', 'data: {"error":{"message":"m","code":500}}\n\n'],
  ...['{"error":"m"}\n', 'event: ping\ndata: {"type":"ping"}\n\n', '<html>'],
  ...['data: {"a":\ndata: 1}\n\n', '\ufeff', '[1]\n'],
];

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** Mostly nothing: one fault tells more than many. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight }, arbitrary);

const edit: fc.Arbitrary<FrameEdit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('drop' as const, 'twice' as const, 'to the end' as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(9), text: fc.constantFrom(...INSERTED_FRAMES) }),
);

const STATUSES = [
  ...[201, 204, 206, 301, 302, 304, 400, 401, 402, 403, 404, 405, 408, 409, 413, 418, 422, 429, 451],
  ...[500, 501, 502, 503, 504, 520, 599, 999],
];
const HEADERS: Record<string, string>[] = [
  { 'content-type': 'text/html' },
  { 'content-type': '' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br, x' },
  { 'retry-after': '1e309' },
  { 'retry-after': '-5' },
  { 'retry-after-ms': 'x' },
  { connection: 'x-upstream' },
  { location: 'http://127.0.0.1:1/' },
  { 'content-length': '5' },
  { 'content-length': '100000' },
];
const RAW = [
  'garbage\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{"a":',
  'HTTP/2 200\r\n\r\n',
  `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
  '',
];

const delivery: fc.Arbitrary<Delivery> = fc.record({
  status: fc.oneof({ arbitrary: fc.constant(200), weight: 25 }, fc.constantFrom(...STATUSES)),
  headers: fc.oneof({ arbitrary: fc.constant({}), weight: 25 }, fc.constantFrom(...HEADERS)),
  isSplit: fc.constantFrom(false, false, true),
  // A clock of the gateway has to run out for the last ones.
  end: fc.oneof(
    { arbitrary: fc.constant('end' as const), weight: 300 },
    { arbitrary: fc.constant('destroy' as const), weight: 12 },
    fc.constantFrom('stall' as const, 'comments' as const),
  ),
  raw: seldom(fc.constantFrom(...RAW), 60),
  cutAt: seldom(part, 15),
  inserted: seldom(
    fc.record({ at: part, bytes: fc.constantFrom([0xff], [0xc3], [0xed, 0xa0, 0x80], [0, 0], [0x0d]) }),
    40,
  ),
  isCoded: seldom(fc.constant(true), 15).map((isCoded) => isCoded ?? false),
});

const APIS = Object.keys(DOCUMENTS) as UpstreamApi[];
/** One answer in three is read through the other API. */
const SURFACES = ['chat', 'chat', 'responses'] as const;
const isOfModel = (api: UpstreamApi): boolean => / (?:chat|stream)$/.test(api);

export const upstreamCase: fc.Arbitrary<UpstreamCase> = fc
  .constantFrom(
    ...APIS,
    'openai stream' as const,
    'openai chat' as const,
    'ollama stream' as const,
    'ollama chat' as const,
  )
  .chain((api) =>
    fc.record({
      api: fc.constant(api),
      surface: fc.constantFrom(...(isOfModel(api) ? SURFACES : (['chat'] as const))),
    }),
  )
  .chain(({ api, surface }) => {
    const error = fc.constantFrom(...ERRORS);
    const good = fc.constantFrom<readonly object[]>(...DOCUMENTS[api]);
    return fc.record({
      api: fc.constant(api),
      surface: fc.constant(surface),
      asked: fc.constantFrom<object>(...(surface === 'chat' ? ASKED : ASKED_OF_RESPONSES)),
      isAskedAgain: fc.boolean(),
      documents: fc.oneof(
        { arbitrary: good, weight: 10 },
        error.map((only) => [only]),
        fc.tuple(good, error).map(([documents, last]) => [...documents, last]),
      ),
      mutations: fc.array(fc.record({ document: fc.nat(5), changes: mutationsOf(NAMES, 2) }), { maxLength: 2 }),
      edits: fc.oneof({ arbitrary: fc.constant([]), weight: 6 }, fc.array(edit, { minLength: 1, maxLength: 2 })),
      delivery,
    });
  });
