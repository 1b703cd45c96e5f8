// What clients send: good bodies, which are mutated, and headers, most of them odd.
import fc from 'fast-check';
import type { BodyForm, ClientRequest } from './client-request.js';
import { mutationsOf } from '../mutated-json.js';
import { RESPONSE_FIELDS, responseBody, storedResponsePaths } from './response-requests.js';

const words = (text: string): string[] => text.split(' ');

const TOOL = {
  type: 'function',
  function: { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
};
const CALL = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } };
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
const IMAGE = [
  { type: 'text', text: 'a' },
  { type: 'image_url', image_url: { url: PIXEL } },
];
const CONVERSATION = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: IMAGE },
  { role: 'assistant', content: null, tool_calls: [CALL] },
  { role: 'tool', tool_call_id: 'call_1', content: 'b' },
  { role: 'developer', content: 'c', name: 'd' },
];
const hello = [{ role: 'user', content: 'Hello' }];
const SCHEMA = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } };
const LIMITS = { max_tokens: 5, max_completion_tokens: 5, reasoning_effort: 'low' };
const CHATS = [
  { messages: hello },
  { messages: CONVERSATION, tools: [TOOL] },
  { messages: hello, tools: [TOOL, TOOL], tool_choice: 'required', parallel_tool_calls: false },
  { messages: hello, tools: [TOOL], tool_choice: { type: 'function', function: { name: 'f' } } },
  { messages: hello, response_format: SCHEMA },
  { messages: hello, response_format: { type: 'json_object' }, stop: ['a', 'b'], n: 2, seed: 7 },
  { messages: hello, logprobs: true, top_logprobs: 2, ...LIMITS },
  { messages: hello, temperature: 0, top_p: 1, frequency_penalty: 0, presence_penalty: 0, user: 'u' },
  { messages: hello, models: ['oai/b', 'ollama/b'], options: { num_ctx: 2048 }, keep_alive: '5m', metadata: {} },
];
const EMBEDDINGS = [
  { input: 'a' },
  { input: ['a', 'b', 'a'], encoding_format: 'base64' },
  { input: [1, 2] },
  { input: [[1], [2]], dimensions: 2 },
];
const MODELS = [...words('oai/a ollama/a a fuzz/alias nowhere/x __proto__/x OAI/%0d%0a'), 'oai/\ud800', undefined];

/** Names that readers of requests know. */
const FIELDS = words(
  'model messages stream stream_options temperature top_p max_tokens n stop seed tools tool_choice response_format logprobs ' +
    'top_logprobs reasoning_effort logit_bias modalities audio options keep_alive models prediction functions function_call ' +
    'role content name refusal tool_calls tool_call_id image_url type text input dimensions encoding_format user think',
);

const CHAT = '/v1/chat/completions';
const OTHER_PATHS = [
  ...[`/${CHAT}`, `${CHAT}/`, `${CHAT}?a=%ff`, `/${'x'.repeat(3_000)}`, `/v1/models/${'%61'.repeat(1_000)}`],
  ...words('/V1/Chat/Completions /v1/chat%2fcompletions /api/v1/embeddings /v1/completions /v1/embeddings/a / /docs'),
  ...words(
    '/v1/models /v1/models/oai%2fa /v1/models/oai/a /v1/models/ollama/a:latest /v1/models/nowhere/x /v1/models/%00',
  ),
  ...words('/v1/models/% /v1/models/oai%2f%ff /v1/models/__proto__ /v1/models?__proto__[a]=b /v1/aliases /v1/health'),
  ...words('/health /health/live /health/ready /health?x=%00 /metrics /openapi.json /v1/%2e%2e/health /%ff * //'),
  ...words('http://other/v1/models /favicon.ico /../../etc/passwd /v1 /v1/ /constructor /__proto__ /health/%6cive'),
];

const model = fc.oneof({ arbitrary: fc.constantFrom('oai/a', 'ollama/a'), weight: 3 }, fc.constantFrom(...MODELS));
const chatBody = fc
  .record({
    model,
    fields: fc.constantFrom(...CHATS),
    stream: fc.constantFrom(undefined, true),
    options: fc.constantFrom(undefined, { include_usage: true }),
  })
  .map(({ model, fields, stream, options }) => ({
    model,
    ...fields,
    stream,
    ...(stream && { stream_options: options }),
  }));
const embeddingsBody = fc
  .record({ model: fc.constantFrom(...MODELS), fields: fc.constantFrom(...EMBEDDINGS) })
  .map(({ model, fields }) => ({ model, ...fields }));

const METHODS = words('GET POST PUT DELETE OPTIONS PATCH HEAD TRACE post BREW');
const mostly = <T>(usual: T, others: readonly T[], weight: number): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight }, fc.constantFrom(...others));

const posted = (path: string, body: fc.Arbitrary<object>) =>
  fc.record({ path: fc.constant(path), method: mostly('POST', METHODS, 40), body });

/** Method, path and body before their mutations. */
const target = fc.oneof(
  { arbitrary: posted(CHAT, chatBody), weight: 30 },
  { arbitrary: posted('/v1/embeddings', embeddingsBody), weight: 10 },
  { arbitrary: posted('/v1/responses', responseBody(model)), weight: 20 },
  {
    arbitrary: fc.record({ path: fc.constantFrom(...OTHER_PATHS), method: mostly('GET', METHODS, 3), body: chatBody }),
    weight: 8,
  },
  {
    arbitrary: fc.record({
      path: fc.constantFrom(...storedResponsePaths),
      method: fc.oneof({ arbitrary: fc.constantFrom('GET', 'GET', 'DELETE'), weight: 5 }, fc.constantFrom(...METHODS)),
      body: chatBody,
    }),
    weight: 4,
  },
);

const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const form: fc.Arbitrary<BodyForm> = fc.oneof(
  { arbitrary: fc.constant({ kind: 'plain' as const }), weight: 20 },
  fc.constantFrom({ kind: 'bom' as const }, { kind: 'utf16' as const }, { kind: 'mislabelled' as const }),
  fc.record({ kind: fc.constant('cut' as const), at: part }),
  fc.record({
    kind: fc.constant('inserted' as const),
    at: part,
    bytes: fc.constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5], [0], [0xef, 0xbb, 0xbf]),
  }),
  {
    arbitrary: fc.record({
      kind: fc.constant('coded' as const),
      coding: fc.constantFrom('gzip', 'x-gzip', 'GZIP', 'deflate', 'br'),
      damage: fc.constantFrom('none', 'none', 'cut', 'flipped'),
      at: part,
    }),
    weight: 3,
  },
  fc.record({
    kind: fc.constant('unknown coding' as const),
    coding: fc.constantFrom('zstd', 'gzip, gzip', 'identity', '', '\xe9', 'compress', 'gzip;q=1', '__proto__'),
  }),
);

const contentType = mostly(
  'application/json',
  [
    ...words('text/plain APPLICATION/JSON application/x+json application/jsonx \xff'),
    ...['', 'application/json; charset=utf-16', 'application/json, text/html', 'multipart/form-data; boundary=x'],
    `application/json;${'a=b;'.repeat(300)}`,
  ],
  20,
);

/** Values by header. Of times there are long ones only: a short one is a wish for a timeout. */
const VALUES: Record<string, string[]> = {
  'x-request-id': ['ok-1', 'not ok', 'x'.repeat(300), '', '\xe9'],
  'cache-control': [
    ...words('max-age=5 no-store only-if-cached max-age=-1 =,=;"'),
    `max-age="\\"5${',a="'.repeat(500)}`,
  ],
  'x-request-timeout-ms': [...words('-5 1e309 1e15 NaN 0x7fffffff'), '', '600000, 600000'],
  'x-stainless-timeout': words('1e300 -1 600 x'),
  'x-stainless-read-timeout': ['1e12'],
  'x-stainless-retry-count': ['99999999999999999999'],
  'x-mana-llm-caller': ['\xe9'.repeat(20)],
  'x-mana-llm-priority': ['low'],
  'x-mana-llm-cache-scope': ['\xff\xfe', 'x'.repeat(300)],
  authorization: ['Bearer   ', 'Basic \xff'],
  'x-api-key': ['__proto__'],
  accept: ['text/event-stream'],
  'accept-encoding': ['gzip;q=x'],
  'if-none-match': ['*'],
  range: ['bytes=0-1'],
  origin: ['null'],
  'x-forwarded-for': [',,::,127.0.0.1'],
  forwarded: ['for="'],
  cookie: ['__proto__=1'],
  traceparent: ['00-x'],
  expect: ['100-continue', 'x', ''],
  upgrade: ['h2c'],
  host: ['localhost', 'a b'],
  'content-length': ['-1', '+5'],
  'transfer-encoding': ['identity', 'chunked, chunked'],
  'bad name': ['x'],
  'x-large': ['x'.repeat(20_000)],
  ['__proto__']: ['x'],
};
const HEADERS = Object.entries(VALUES).flatMap(([name, values]) => values.map((value) => [name, value] as const));

export const clientRequest: fc.Arbitrary<ClientRequest> = fc
  .record({
    target,
    mutations: mutationsOf([...FIELDS, ...RESPONSE_FIELDS], 3),
    form,
    contentType,
    headers: fc.oneof(
      { arbitrary: fc.constant([]), weight: 3 },
      fc.array(fc.constantFrom(...HEADERS), { minLength: 1, maxLength: 3 }),
    ),
    isChunked: fc.boolean(),
  })
  .map(({ target: sent, ...request }) => ({ ...request, ...sent }));
