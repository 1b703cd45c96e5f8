// What the scripted upstream says. The first word of the model's name chooses: `text.1a2b` gives `text`.

export const WEATHER_CALL = { name: 'get_weather', arguments: '{"city":"Paris"}' };
export const QUERY_CALL = { name: 'write_sql', arguments: '{"input":"SELECT 1"}' };
export const PERSON = '{"name":"Ada","age":36}';
const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };

/** @typedef {{ thought?: string, content?: string[], call?: { name: string, arguments: string } }} Message */

const isToolResult = ({ role }) => role === 'tool';

/** A call first; then, in words, what the tool has said. */
const callThenAnswer =
  (call) =>
  ({ messages }) => {
    const result = messages.findLast(isToolResult);
    return result === undefined ? { call } : { content: ['The tool says: ', JSON.stringify(result.content)] };
  };

/** One call after the other; then, in words, what the last one has said. */
const callsThenAnswer =
  (...calls) =>
  ({ messages }) => {
    const results = messages.filter(isToolResult);
    const call = calls[results.length];
    return call === undefined ? { content: ['I have read: ', results.at(-1).content] } : { call };
  };

const toArguments = (value) => JSON.stringify(value);
const shell = (cmd) => ({ name: 'exec_command', arguments: toArguments({ cmd }) });
const PATCH = '*** Begin Patch\n*** Add File: greeting.txt\n+hello\n*** End Patch\n';
const program = (cmd) => ({
  name: 'functions__exec',
  arguments: toArguments({ input: `text(JSON.stringify(await tools.exec_command(${toArguments({ cmd })})))` }),
});
const WRITE = 'echo hello > greeting.txt';
const READ = 'cat greeting.txt';

/** As text; or, where the client asks by a tool for it, as that tool's arguments. */
function person({ tools: [tool] = [] }) {
  return tool === undefined
    ? { content: [PERSON.slice(0, 9), PERSON.slice(9)] }
    : { call: { name: tool.function.name, arguments: PERSON } };
}

/** @type {Record<string, (body: any) => Message>} */
export const MESSAGES = {
  text: () => ({ content: ['Hel', 'lo', '.'] }),
  tools: callThenAnswer(WEATHER_CALL),
  thinks: (body) => ({ thought: 'Hm.', ...callThenAnswer(WEATHER_CALL)(body) }),
  /** A call of a tool that takes a text (`custom` in the Responses API). */
  query: callThenAnswer(QUERY_CALL),
  object: person,
  // What Codex gives a model that it does not know: a shell. To those of these names it gives a tool for patches, and programs.
  shell: callsThenAnswer(shell(WRITE), shell(READ)),
  'gpt-5': callsThenAnswer({ name: 'apply_patch', arguments: toArguments({ input: PATCH }) }, shell(READ)),
  'gpt-6': callsThenAnswer(program(WRITE), program(READ)),
  vision: () => ({ content: ['A red', ' square.'] }),
  // These break after the first piece, and inside the arguments of the call.
  cut: () => ({ content: ['Hel'] }),
  fails: () => ({ content: ['Hel'] }),
  ends: () => ({ content: ['Hel'] }),
  'cut-call': () => ({ call: { ...WEATHER_CALL, arguments: '{"city":"Pa' } }),
  stall: () => ({ content: ['Hel'] }),
  'busy-once': () => ({ content: ['Hello.'] }),
};

const BUSY = { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
const error = (status, message, fields) => ({ status, body: { error: { message, param: null, ...fields } } });

/** @type {Record<string, { status: number, body: object, headers?: Record<string, string> }>} */
export const REFUSALS = {
  busy: { ...error(429, 'Too many requests.', BUSY), headers: { 'retry-after': '7' } },
  /** The first request alone; the next one is answered. */
  'busy-once': { ...error(429, 'Too many requests.', BUSY), headers: { 'retry-after-ms': '20' } },
  broke: error(429, 'You exceeded your quota.', { type: 'insufficient_quota', code: 'insufficient_quota' }),
  'too-long': error(400, "This model's maximum context length is 8 tokens. However, your messages have 9 tokens.", {
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  }),
};

/** The event of a provider that fails in a stream. */
export const STREAM_ERROR = error(500, 'The engine stopped.', { type: 'server_error', code: 'engine_stopped' }).body;

const callOf = ({ call }) => ({ id: 'call_1', type: 'function', function: call });
const finishReasonOf = ({ call }) => (call === undefined ? 'stop' : 'tool_calls');

const thoughtOf = ({ thought }) => (thought === undefined ? {} : { reasoning_content: thought });

export function completion(model, message) {
  const { content = [], call } = message;
  const said = call === undefined ? { content: content.join('') } : { content: null, tool_calls: [callOf(message)] };
  const choice = {
    index: 0,
    message: { role: 'assistant', ...thoughtOf(message), ...said },
    finish_reason: finishReasonOf(message),
  };
  return { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices: [choice], usage: USAGE };
}

function chunk(model, delta, finishReason = null) {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, choices };
}

/** A call comes as its name and then its arguments in two halves. */
function deltasOf({ content = [], call }) {
  if (call === undefined) return content.map((piece) => ({ content: piece }));
  const half = Math.ceil(call.arguments.length / 2);
  const more = (text) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] });
  const start = { index: 0, ...callOf({ call: { name: call.name, arguments: '' } }) };
  return [{ tool_calls: [start] }, more(call.arguments.slice(0, half)), more(call.arguments.slice(half))];
}

/** The events of a stream up to its end, and those of its end. */
export function streamEvents(model, message) {
  const start = [{ role: 'assistant', content: '', ...thoughtOf(message) }, ...deltasOf(message)].map((delta) =>
    chunk(model, delta),
  );
  const usage = { ...chunk(model, {}), choices: [], usage: USAGE };
  return { start, end: [chunk(model, {}, finishReasonOf(message)), usage, '[DONE]'] };
}

/** [1, 0, 0.5] for the first input, [2, 0, 0.5] for the second: exact in 32 bits. */
export function embeddings(model, { input, encoding_format: format }) {
  const inputs = typeof input === 'string' || typeof input[0] === 'number' ? [input] : input;
  const vectors = inputs.map((_, index) => [index + 1, 0, 0.5]);
  const toBase64 = (vector) => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: format === 'base64' ? toBase64(vector) : vector,
  }));
  return { object: 'list', data, model, usage: { prompt_tokens: 3, total_tokens: 3 } };
}
