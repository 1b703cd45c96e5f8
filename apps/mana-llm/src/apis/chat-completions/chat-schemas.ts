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
