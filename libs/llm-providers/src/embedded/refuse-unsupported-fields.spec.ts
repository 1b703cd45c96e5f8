import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import { refuseUnsupportedFields } from './refuse-unsupported-fields.js';

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
    expect(() => refuseUnsupportedFields(request(fields))).toThrow(
      expect.objectContaining({ status: 400, body: { error: expect.objectContaining({ param }) } }),
    );
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
