const textOrNull = { type: 'string', nullable: true };

const TOOL_CALL_SCHEMA = {
  type: 'object',
  required: ['id', 'type'],
  properties: {
    id: { type: 'string' },
    type: { type: 'string', example: 'function' },
    function: {
      type: 'object',
      required: ['name', 'arguments'],
      properties: { name: { type: 'string' }, arguments: { type: 'string', description: 'JSON text' } },
    },
  },
};

const MESSAGE_SCHEMA = {
  type: 'object',
  required: ['role', 'content', 'refusal'],
  properties: {
    role: { type: 'string', enum: ['assistant'] },
    content: textOrNull,
    refusal: textOrNull,
    reasoning_content: { type: 'string', description: 'The reasoning of the model.' },
    reasoning: { type: 'string', description: 'The same under its other name.' },
    tool_calls: { type: 'array', items: TOOL_CALL_SCHEMA },
  },
};

export const CHAT_COMPLETION_SCHEMA = {
  type: 'object',
  description: 'A whole answer. Other fields of its provider are kept.',
  required: ['id', 'object', 'created', 'model', 'choices'],
  properties: {
    id: { type: 'string' },
    object: { type: 'string', enum: ['chat.completion'] },
    created: { type: 'integer', description: 'Unix seconds' },
    model: { type: 'string', description: 'The `provider/model` that answered' },
    choices: {
      type: 'array',
      items: {
        type: 'object',
        required: ['index', 'message', 'logprobs', 'finish_reason'],
        properties: {
          index: { type: 'integer' },
          message: MESSAGE_SCHEMA,
          logprobs: { type: 'object', nullable: true },
          finish_reason: {
            type: 'string',
            description: '`stop`, `length`, `tool_calls`, `content_filter`, or a word of the provider’s own',
          },
        },
      },
    },
    usage: {
      type: 'object',
      description: 'Left out where the provider does not send it',
      required: ['prompt_tokens'],
      properties: {
        prompt_tokens: { type: 'integer' },
        completion_tokens: { type: 'integer' },
        total_tokens: { type: 'integer' },
      },
    },
  },
};

/** Of each event of a stream, as OpenAPI 3.2 sees them; to a reader who takes the stream for one text, it says nothing. */
export const CHAT_EVENT_SCHEMA = {
  description:
    'Server-sent events. The `data` of each is a `chat.completion.chunk` as JSON; of the last one it is `[DONE]`, or the JSON of an error, which ends a stream that failed.',
  required: ['data'],
  properties: { data: { type: 'string' } },
};

/** What `/docs` offers to send; without a model the default one answers. */
export const CHAT_REQUEST_EXAMPLES = {
  text: { summary: 'A question', value: { messages: [{ role: 'user', content: 'Say hello in one sentence.' }] } },
  stream: {
    summary: 'The same, streamed',
    value: { messages: [{ role: 'user', content: 'Say hello in one sentence.' }], stream: true },
  },
  json: {
    summary: 'An answer that is JSON',
    value: {
      messages: [{ role: 'user', content: 'Give a name and an age as JSON.' }],
      response_format: { type: 'json_object' },
    },
  },
};

/** What `/docs` shows of an answer. */
export const CHAT_COMPLETION_EXAMPLE = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1767225600,
  model: 'ollama/gemma3:4b',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello, good to meet you.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 14, completion_tokens: 7, total_tokens: 21 },
};

const frame = (delta: object, finishReason: string | null): string => {
  const { id, created, model } = CHAT_COMPLETION_EXAMPLE;
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices })}\n\n`;
};

/** What `/docs` shows of a streamed answer. */
export const CHAT_STREAM_EXAMPLE =
  frame({ role: 'assistant', content: 'Hello' }, null) +
  frame({ content: '.' }, null) +
  frame({}, 'stop') +
  'data: [DONE]\n\n';
