import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { refuseUnsupportedFields, toGeneration, toSampling } from './to-generation.js';

const request = (fields: object): ChatCompletionRequest => ({ messages: [{ role: 'user', content: 'Hi' }], ...fields });
const TOOL = { type: 'function', function: { name: 'f' } };

describe(refuseUnsupportedFields.name, () => {
  it.each([
    [{ tools: [TOOL] }, 'tools'],
    [{ tools: [TOOL], tool_choice: 'auto' }, 'tools'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ functions: [{ name: 'f' }] }, 'functions'],
    [{ function_call: { name: 'f' } }, 'function_call'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 2 }, 'top_logprobs'],
    [{ logit_bias: { 5: 1 } }, 'logit_bias'],
    [{ audio: { voice: 'x' } }, 'audio'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ prediction: { type: 'content' } }, 'prediction'],
    [{ web_search_options: {} }, 'web_search_options'],
    [{ moderation: {} }, 'moderation'],
  ])('refuses %j, naming %s', (fields, param) => {
    expect(() => refuseUnsupportedFields(request(fields))).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it.each([
    {},
    { tools: null },
    { tools: [] },
    { tools: [TOOL], tool_choice: 'none' },
    { tool_choice: 'auto' },
    { logprobs: false, top_logprobs: 0, logit_bias: {} },
    { modalities: ['text'] },
    { user: 'u', metadata: { a: 'b' }, store: true, service_tier: 'auto', stream_options: { include_usage: true } },
  ])('accepts %j', (fields) => {
    expect(() => refuseUnsupportedFields(request(fields))).not.toThrow();
  });
});

describe(toSampling.name, () => {
  it.each([
    [
      {},
      { temperature: 1, topP: 0.95, topK: 64, minP: 0, frequencyPenalty: 0, presencePenalty: 0, repetitionPenalty: 1 },
    ],
    [
      { temperature: 0, top_p: 0.5 },
      { temperature: 0, topP: 0.5 },
    ],
    [
      { temperature: null, top_p: null, seed: null },
      { temperature: 1, topP: 0.95 },
    ],
    [
      { frequency_penalty: -1, presence_penalty: 2 },
      { frequencyPenalty: -1, presencePenalty: 2 },
    ],
    [
      { top_k: 5, min_p: 0.1, repetition_penalty: 1.2 },
      { topK: 5, minP: 0.1, repetitionPenalty: 1.2 },
    ],
    [{ seed: 7 }, { seed: 7 }],
    [{ seed: -1 }, { seed: 2 ** 32 - 1 }],
    [{ seed: 2 ** 32 + 3 }, { seed: 3 }],
  ])('%j gives %j', (fields, expected) => {
    expect(toSampling(request(fields), 0)).toMatchObject(expected);
  });

  it('gives each choice a seed of its own', () => {
    expect([0, 1].map((choice) => toSampling(request({ seed: 7 }), choice).seed)).toEqual([7, 8]);
  });

  it('refuses an extension that is no number, naming it', () => {
    expect(() => toSampling(request({ top_k: 'many' }), 0)).toThrow('top_k must be a number');
  });
});

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
    expect(() => toGeneration(request(fields), 0)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});
