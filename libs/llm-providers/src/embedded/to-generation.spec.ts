import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { toGeneration } from './to-generation.js';

const request = (fields: object): ChatCompletionRequest => ({ messages: [{ role: 'user', content: 'Hi' }], ...fields });
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const ANY_OBJECT = { type: 'object', additionalProperties: true };

describe(toGeneration.name, () => {
  it.each([
    [{}, 'maxTokens', 512],
    [{ max_tokens: null }, 'maxTokens', 512],
    [{ max_tokens: 4000 }, 'maxTokens', 4000],
    [{ max_tokens: 5 }, 'maxTokens', 5],
    [{ max_tokens: 5, max_completion_tokens: 7 }, 'maxTokens', 7],
    [{}, 'stop', []],
    [{ stop: null }, 'stop', []],
    [{ stop: 'END' }, 'stop', ['END']],
    [{ stop: ['END', ''] }, 'stop', ['END']],
    [{}, 'schema', undefined],
    [{ response_format: { type: 'text' } }, 'schema', undefined],
    [{ response_format: { type: 'json_object' } }, 'schema', ANY_OBJECT],
    [{ response_format: { type: 'json_object', schema: null } }, 'schema', ANY_OBJECT],
    [{ response_format: { type: 'json_object', schema: SCHEMA } }, 'schema', SCHEMA],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x' } } }, 'schema', ANY_OBJECT],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA } } }, 'schema', SCHEMA],
    [{}, 'thoughtTokens', undefined],
    [{ reasoning_effort: 'none' }, 'thoughtTokens', 0],
    [{ reasoning_effort: 'low' }, 'thoughtTokens', 512],
    [{ reasoning_effort: 'high' }, 'thoughtTokens', Infinity],
  ] as const)('%j: %s is %j', (fields, key, expected) => {
    expect(toGeneration(request(fields), 0)[key]).toEqual(expected);
  });

  it.each([
    [{ response_format: { type: 'grammar' } }, 'response_format.type'],
    [{ reasoning_effort: 'very' }, 'reasoning_effort'],
    [
      { response_format: { type: 'json_schema', json_schema: { schema: { type: 'number', minimum: 1 } } } },
      'response_format.json_schema.schema.minimum',
    ],
    [
      { response_format: { type: 'json_object', schema: { type: 'number', minimum: 1 } } },
      'response_format.schema.minimum',
    ],
    [{ response_format: { type: 'json_object', schema: 'x' } }, 'response_format.schema'],
    [{ logprobs: true }, 'logprobs'],
  ])('refuses %j, naming %s', (fields, param) => {
    expect(() => toGeneration(request(fields), 0)).toThrow(
      expect.objectContaining({ status: 400, body: { error: expect.objectContaining({ param }) } }),
    );
  });
});
