/** The good answers that are mutated: by API, each a list of the JSON documents that it consists of. */
const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } };
const TOKEN = { token: 'a', logprob: -0.5, bytes: [97] };
const LOGPROBS = { content: [{ ...TOKEN, top_logprobs: [TOKEN] }], refusal: null };
const CALL = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } };
const ABOUT = { id: 'x', created: 1, model: 'm', system_fingerprint: 'fp' };

const whole = (message: object, fields: object = {}): object => ({
  ...ABOUT,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...fields }],
  usage: USAGE,
});
const OPENAI_WHOLE = [
  [whole({ content: 'hello', refusal: null, annotations: [] })],
  [whole({ content: 'hello' }, { logprobs: LOGPROBS })],
  [whole({ content: null, tool_calls: [CALL, CALL] })],
  [
    whole({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'a' },
      ],
    }),
  ],
  [whole({ content: '{"a":"b"}', reasoning: 'hm', reasoning_content: 'hm' }, { native_finish_reason: 'x' })],
];

const chunk = (delta: object, fields: object = {}): object => ({
  ...ABOUT,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: null, ...fields }],
});
const OPENAI_END = [
  chunk({}, { finish_reason: 'stop' }),
  { ...ABOUT, object: 'chat.completion.chunk', choices: [], usage: USAGE, x_groq: { usage: USAGE } },
];
const piece = (text: string): object => ({ tool_calls: [{ index: 0, function: { arguments: text } }] });
const OPENAI_STREAM = [
  [chunk({ role: 'assistant', content: '' }), chunk({ content: 'hel' }), chunk({ content: 'lo' }), ...OPENAI_END],
  [chunk({ role: 'assistant', content: 'a' }, { logprobs: LOGPROBS }), chunk({ reasoning: 'hm' }), ...OPENAI_END],
  [chunk({ tool_calls: [{ index: 0, ...CALL }] }), chunk({ tool_calls: [{ index: 1, ...CALL }] }), ...OPENAI_END],
  [chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f' } }] }), chunk(piece('{"a"')), ...OPENAI_END],
  [chunk({ content: 'a' }, { index: 0 }), chunk({ content: 'b' }, { index: 0 }), ...OPENAI_END],
];

const COUNTS = { total_duration: 5e9, load_duration: 1e6, prompt_eval_count: 3, eval_count: 2, eval_duration: 1e6 };
const OLLAMA_CALL = { id: 'call_1', function: { index: 0, name: 'f', arguments: { a: 'b' } } };
const OLLAMA_LOGPROBS = { logprobs: [{ ...TOKEN, top_logprobs: [TOKEN] }] };
const line = (message: object, fields: object = {}): object => ({
  model: 'a',
  created_at: '2026-01-01T00:00:00Z',
  message: { role: 'assistant', ...message },
  done: false,
  ...fields,
});
const done = (message: object, fields: object = {}): object =>
  line(message, { done: true, done_reason: 'stop', ...COUNTS, ...fields });
const OLLAMA_WHOLE = [
  [done({ content: 'hello', thinking: 'hm' })],
  [done({ content: 'hello' }, OLLAMA_LOGPROBS)],
  [done({ content: '', tool_calls: [OLLAMA_CALL, OLLAMA_CALL] })],
  [done({ content: '```json\n{"name":"f","arguments":{"a":"b"}}\n```' })],
];
const OLLAMA_STREAM = [
  [line({ content: 'hel' }), line({ content: 'lo' }), done({ content: '' })],
  [line({ content: '', thinking: 'hm' }), line({ content: 'a' }, OLLAMA_LOGPROBS), done({ content: '' })],
  [
    line({ content: '', tool_calls: [OLLAMA_CALL] }),
    line({ content: '', tool_calls: [OLLAMA_CALL] }),
    done({ content: '' }),
  ],
  [line({ content: '```json\n{"name":"f",' }), line({ content: '"arguments":{}}\n```' }), done({ content: '' })],
];

const EMBEDDING = { object: 'embedding', index: 0, embedding: [0.5, -0.5] };
const PACKED = { object: 'embedding', index: 1, embedding: 'AAAAPwAAAL8=' };
const OLLAMA_MODEL = {
  ...{ name: 'a:latest', model: 'a:latest', modified_at: '2026-01-01T00:00:00Z', size: 5, digest: 'd' },
  ...{ capabilities: ['completion', 'tools'], context_length: 8192 },
  details: { family: 'f', parameter_size: '1B', quantization_level: 'Q4', context_length: 8192, embedding_length: 2 },
};
const SHOWN = { capabilities: ['completion'], model_info: { 'general.architecture': 'g', 'g.context_length': 8192 } };
const { capabilities: _, context_length: __, ...UNTOLD_MODEL } = OLLAMA_MODEL;

export const DOCUMENTS = {
  'openai chat': OPENAI_WHOLE,
  'openai stream': OPENAI_STREAM,
  'openai embeddings': [[{ object: 'list', data: [EMBEDDING, PACKED], model: 'm', usage: USAGE }]],
  'openai models': [
    [{ object: 'list', data: [{ id: 'a', object: 'model', created: 1, owned_by: 'x', context_length: 5 }] }],
  ],
  'ollama chat': OLLAMA_WHOLE,
  'ollama stream': OLLAMA_STREAM,
  'ollama embeddings': [
    [
      {
        model: 'a',
        embeddings: [
          [0.5, -0.5],
          [1, 0],
        ],
        prompt_eval_count: 3,
      },
    ],
  ],
  'ollama models': [[{ models: [OLLAMA_MODEL, { ...OLLAMA_MODEL, model: 'b', name: 'b' }] }]],
  // What is learnt of a model before it is asked: the lists of models and of loaded ones, and the model itself.
  'ollama catalog': [[{ models: [{ ...UNTOLD_MODEL, details: {} }] }, { models: [OLLAMA_MODEL] }, SHOWN]],
} satisfies Record<string, object[][]>;

export type UpstreamApi = keyof typeof DOCUMENTS;

/** The shapes in which servers tell errors. */
export const ERRORS: object[] = [
  { error: { message: 'no', type: 'server_error', param: null, code: 'x' } },
  { error: { message: 'no', code: 429, metadata: { retry_after: 1 } } },
  { error: { message: '{"error":{"code":400,"message":"no","type":"exceed_context_size_error","n_ctx":5}}' } },
  { error: '{"error":{"code":500,"message":"no"}}' },
  { error: 'model "a" not found' },
  { object: 'error', message: 'no', type: 'BadRequestError', code: 400 },
  { detail: [{ loc: ['body'], msg: 'no', type: 'missing' }] },
  { message: 'no', status: 503, retry_after: '5' },
];
