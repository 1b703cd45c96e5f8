export const MODEL_SCHEMA = {
  type: 'object',
  description: 'A model; fields that its provider tells beyond these are kept.',
  additionalProperties: true,
  required: ['id', 'object', 'created', 'owned_by'],
  properties: {
    id: { type: 'string', description: '`provider/model`, as requests name it' },
    object: { type: 'string', enum: ['model'] },
    created: { type: 'integer', description: 'Unix seconds' },
    owned_by: { type: 'string' },
  },
  example: { id: 'ollama/gemma3:4b', object: 'model', created: 1754000000, owned_by: 'ollama' },
};

export const MODEL_LIST_SCHEMA = {
  type: 'object',
  required: ['object', 'data'],
  properties: { object: { type: 'string', enum: ['list'] }, data: { type: 'array', items: MODEL_SCHEMA } },
};
