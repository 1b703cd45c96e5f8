import { ApiError } from '@mana-llm/openai-api';
import type { ProviderChatRequest } from '../../llm-provider.js';
import { toOllamaRequest } from './to-ollama-request.js';

const request = (fields: Record<string, unknown> = {}): ProviderChatRequest => ({
  model: 'gemma3:4b',
  messages: [{ role: 'user', content: 'hi' }],
  ...fields,
});

/** The body as it goes over the wire: fields left undefined are not there. */
const body = (fields: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(toOllamaRequest(request(fields), false)));

function refusal(fields: Record<string, unknown>): ApiError {
  try {
    toOllamaRequest(request(fields), false);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(fields)} was not refused`);
}

const BARE = {
  model: 'gemma3:4b',
  messages: [{ role: 'user', content: 'hi' }],
  stream: false,
  truncate: false,
  shift: false,
};
const TOOL = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } };
const TIME = { type: 'function', function: { name: 'time' } };
const NAMED = (name: string) => ({ type: 'function', function: { name } });
const ALLOWED = (mode: string) => ({ type: 'allowed_tools', allowed_tools: { mode, tools: [NAMED('time')] } });
const CALL_SCHEMA = (name: string, parameters: object) => ({
  type: 'object',
  properties: { name: { type: 'string', enum: [name] }, arguments: parameters },
  required: ['name', 'arguments'],
  additionalProperties: false,
});
const WEATHER_CALL = CALL_SCHEMA('weather', { type: 'object', properties: {} });
const TIME_CALL = CALL_SCHEMA('time', { type: 'object', properties: {}, additionalProperties: false });
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } };

describe(toOllamaRequest.name, () => {
  it('sends nothing but what was sent, and never lets the prompt be cut', () => {
    expect(body({})).toEqual(BARE);
  });

  it('says whether a stream is requested', () => {
    expect(toOllamaRequest(request(), true).stream).toBe(true);
  });

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ temperature: 0 }, { options: { temperature: 0 } }],
    [{ top_p: 0.5 }, { options: { top_p: 0.5 } }],
    [{ seed: 7 }, { options: { seed: 7 } }],
    [{ frequency_penalty: -1 }, { options: { frequency_penalty: -1 } }],
    [{ presence_penalty: 1.5 }, { options: { presence_penalty: 1.5 } }],
    [{ top_k: 40 }, { options: { top_k: 40 } }],
    [{ min_p: 0.05 }, { options: { min_p: 0.05 } }],
    [{ repetition_penalty: 1.1 }, { options: { repeat_penalty: 1.1 } }],
    [{ temperature: null, seed: null }, {}],
    [{ max_tokens: 5 }, { options: { num_predict: 5 } }],
    [{ max_completion_tokens: 6 }, { options: { num_predict: 6 } }],
    [{ max_tokens: 5, max_completion_tokens: 6 }, { options: { num_predict: 6 } }],
    [{ max_tokens: 5, max_completion_tokens: null }, { options: { num_predict: 5 } }],
    [{ stop: 'END' }, { options: { stop: ['END'] } }],
    [{ stop: ['a', 'b'] }, { options: { stop: ['a', 'b'] } }],
    [{ stop: [] }, {}],
    [{ stop: '' }, {}],
    [{ stop: ['', ''] }, {}],
    [{ stop: ['', 'END', ''] }, { options: { stop: ['END'] } }],
    [{ stop: null }, {}],
    [{ options: { num_ctx: 8192 } }, { options: { num_ctx: 8192 } }],
    [{ temperature: 1, options: { temperature: 0.2 } }, { options: { temperature: 0.2 } }],
    [{ options: null }, {}],
    [{ keep_alive: '10m' }, { keep_alive: '10m' }],
    [{ keep_alive: -1 }, { keep_alive: -1 }],
    [{ keep_alive: null }, {}],
    [{ response_format: { type: 'json_object' } }, { format: 'json' }],
    [{ response_format: { type: 'json_object', schema: null } }, { format: 'json' }],
    [{ response_format: { type: 'json_object', schema: SCHEMA } }, { format: SCHEMA }],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA } } }, { format: SCHEMA }],
    [{ response_format: { type: 'json_schema', json_schema: { name: 'a' } } }, { format: 'json' }],
    [{ response_format: { type: 'text' } }, {}],
    [{ response_format: null }, {}],
    [{ logprobs: true }, { logprobs: true }],
    [
      { logprobs: true, top_logprobs: 3 },
      { logprobs: true, top_logprobs: 3 },
    ],
    [{ logprobs: false, top_logprobs: 0 }, {}],
    [{ reasoning_effort: 'none' }, { think: false }],
    [{ reasoning_effort: 'minimal' }, { think: 'low' }],
    [{ reasoning_effort: 'low' }, { think: 'low' }],
    [{ reasoning_effort: 'medium' }, { think: 'medium' }],
    [{ reasoning_effort: 'high' }, { think: 'high' }],
    [{ reasoning_effort: 'xhigh' }, { think: 'high' }],
    [{ reasoning_effort: 'max' }, { think: 'high' }],
    [{ reasoning_effort: null }, {}],
    [{ reasoning: { effort: 'low' } }, { think: 'low' }],
    [{ reasoning: { enabled: true } }, { think: true }],
    [{ reasoning: { enabled: false, effort: 'high' } }, { think: false }],
    [{ reasoning: { max_tokens: 100 } }, {}],
    [{ reasoning: null }, {}],
    [{ think: true }, { think: true }],
    [{ think: 'high', reasoning_effort: 'none' }, { think: 'high' }],
    [{ think: null, reasoning_effort: 'none' }, { think: false }],
    [{ tools: [TOOL] }, { tools: [TOOL] }],
    [{ tools: [TOOL], tool_choice: 'auto' }, { tools: [TOOL] }],
    [{ tools: [TOOL], tool_choice: 'none' }, {}],
    [{ tools: [TOOL], parallel_tool_calls: false }, { tools: [TOOL] }],
    [
      { tools: [TOOL], tool_choice: 'required' },
      { tools: [TOOL], format: WEATHER_CALL, think: false },
    ],
    [
      { tools: [TOOL, TIME], tool_choice: 'required' },
      { tools: [TOOL, TIME], format: { anyOf: [WEATHER_CALL, TIME_CALL] }, think: false },
    ],
    [
      { tools: [TOOL, TIME], tool_choice: NAMED('weather') },
      { tools: [TOOL], format: WEATHER_CALL, think: false },
    ],
    [
      { tools: [TOOL], tool_choice: 'required', think: true },
      { tools: [TOOL], format: WEATHER_CALL, think: true },
    ],
    [{ tools: [TOOL, TIME], tool_choice: ALLOWED('auto') }, { tools: [TIME] }],
    [
      { tools: [TOOL, TIME], tool_choice: ALLOWED('required') },
      { tools: [TIME], format: TIME_CALL, think: false },
    ],
    [{ tools: [] }, {}],
    [{ tools: null, tool_choice: null }, {}],
  ])('maps %j', (fields, expected) => {
    expect(body(fields)).toEqual({ ...BARE, ...expected });
  });

  it.each([
    'user',
    'metadata',
    'store',
    'service_tier',
    'stream_options',
    'safety_identifier',
    'prompt_cache_key',
    'prompt_cache_retention',
    'prompt_cache_options',
    'verbosity',
    'n',
    'a_field_of_some_vendor',
  ])('accepts %s, which does not change what is asked of Ollama', (field) => {
    expect(body({ [field]: 'x' })).toEqual(BARE);
  });

  it.each<[Record<string, unknown>]>([
    [{ logit_bias: {} }],
    [{ logit_bias: null }],
    [{ modalities: ['text'] }],
    [{ modalities: null }],
    [{ audio: null, prediction: null, functions: null, function_call: null }],
    [{ web_search_options: null, moderation: null }],
  ])('accepts %j, which asks for nothing', (fields) => {
    expect(body(fields)).toEqual(BARE);
  });

  it.each<[string, Record<string, unknown>]>([
    ['logit_bias', { logit_bias: { 50256: -100 } }],
    ['audio', { audio: { voice: 'alloy', format: 'wav' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['prediction', { prediction: { type: 'content', content: 'x' } }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['function_call', { function_call: 'auto' }],
    ['web_search_options', { web_search_options: {} }],
    ['moderation', { moderation: { model: 'omni' } }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tool_choice', { tools: [TOOL], tool_choice: 'required', response_format: { type: 'json_object' } }],
    ['tool_choice', { tools: [TOOL], tool_choice: { type: 'function', function: { name: 'other' } } }],
    ['tool_choice', { tools: [TOOL], tool_choice: { type: 'custom', custom: { name: 'weather' } } }],
    ['tool_choice', { tools: [TOOL], tool_choice: 'weather' }],
    ['tool_choice.allowed_tools', { tools: [TOOL], tool_choice: { type: 'allowed_tools' } }],
    [
      'tool_choice.allowed_tools.mode',
      { tools: [TOOL], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'any', tools: [] } } },
    ],
    [
      'tool_choice.allowed_tools.tools',
      { tools: [TOOL], tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [TIME] } } },
    ],
    ['tools[1].type', { tools: [TOOL, { type: 'custom', custom: { name: 'c' } }] }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
    ['response_format.schema', { response_format: { type: 'json_object', schema: 'x' } }],
    ['reasoning_effort', { reasoning_effort: 'enormous' }],
    ['reasoning.effort', { reasoning: { effort: 3 } }],
    ['reasoning', { reasoning: 'high' }],
    ['think', { think: 5 }],
    ['top_logprobs', { top_logprobs: 2 }],
    ['top_k', { top_k: 'many' }],
    ['options', { options: 'num_ctx=1' }],
    ['keep_alive', { keep_alive: { minutes: 1 } }],
  ])('refuses what it cannot serve, naming %s', (param, fields) => {
    const error = refusal(fields);
    expect(error.status).toBe(400);
    expect(error.param).toBe(param);
    expect(error.message.length).toBeGreaterThan(20);
  });
});
