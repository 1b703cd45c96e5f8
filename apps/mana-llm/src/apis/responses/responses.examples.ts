/** What `/docs` offers to send; without a model the default one answers. */
export const RESPONSE_REQUEST_EXAMPLES = {
  text: { summary: 'A question', value: { input: 'Say hello in one sentence.' } },
  stream: { summary: 'The same, streamed', value: { input: 'Say hello in one sentence.', stream: true } },
};

export const RESPONSE_SCHEMA = {
  type: 'object',
  description: "OpenAI's response object. `store` says whether it is kept.",
  required: ['id', 'object', 'created_at', 'status', 'model', 'output', 'error', 'incomplete_details', 'usage'],
  properties: {
    id: { type: 'string' },
    object: { type: 'string', enum: ['response'] },
    created_at: { type: 'integer', description: 'Unix seconds' },
    status: { type: 'string', enum: ['completed', 'incomplete', 'failed'] },
    model: { type: 'string', description: 'The `provider/model` that answered' },
    output: { type: 'array', items: { type: 'object', required: ['type', 'id'] } },
    error: { type: 'object', nullable: true },
    incomplete_details: { type: 'object', nullable: true },
    usage: { type: 'object', nullable: true },
  },
};

/** Of each event of a stream, as OpenAPI 3.2 sees them; to a reader who takes the stream for one text, it says nothing. */
export const RESPONSE_EVENT_SCHEMA = {
  description:
    'Server-sent events. Each is named by the `type` of its `data`. The last one is `response.completed`, `response.incomplete` or `response.failed`, and has the whole response.',
  required: ['data'],
  properties: { event: { type: 'string' }, data: { type: 'string' } },
};

export const INPUT_ITEMS_SCHEMA = {
  type: 'object',
  required: ['object', 'data', 'first_id', 'last_id', 'has_more'],
  properties: {
    object: { type: 'string', enum: ['list'] },
    data: { type: 'array', items: { type: 'object', required: ['id'] } },
    first_id: { type: 'string', nullable: true },
    last_id: { type: 'string', nullable: true },
    has_more: { type: 'boolean' },
  },
};
