import type { JsonObject } from '@mana-llm/openai-api';
import type { OpenAiCompatibleSettings } from '../provider-settings.js';
import { toOpenAiRequest } from './to-openai-request.js';

const NO_RENAMES = { renamedFields: {}, renamedRoles: {} };

describe(toOpenAiRequest.name, () => {
  it('changes nothing for a provider without renames, unknown fields and nulls included', () => {
    const request = {
      model: 'm',
      messages: [{ role: 'developer', content: 'a', more: { x: 1 } }],
      max_completion_tokens: 5,
      temperature: null,
      seed: 0,
      stop: [],
      stream: false,
      min_p: 0.1,
      reasoning: { effort: 'low' },
      constructor: 'a field of that name',
    };
    expect(toOpenAiRequest(request, NO_RENAMES)).toEqual(request);
  });

  it.each(['keep_alive', 'options', 'models'])('keeps the extension %s to itself', (field) => {
    expect(toOpenAiRequest({ model: 'm', [field]: 1 }, NO_RENAMES)).toEqual({ model: 'm' });
  });

  it.each<[string, JsonObject, Record<string, string | null>, JsonObject]>([
    ['renames a field', { max_completion_tokens: 5 }, { max_completion_tokens: 'max_tokens' }, { max_tokens: 5 }],
    ['leaves a field out', { a: 1, user: 'u' }, { user: null }, { a: 1 }],
    [
      'keeps the first of two that become one',
      { max_tokens: 3, max_completion_tokens: 5 },
      { max_completion_tokens: 'max_tokens' },
      { max_tokens: 3 },
    ],
    [
      'takes the one of two that is no null',
      { max_tokens: null, max_completion_tokens: 5 },
      { max_completion_tokens: 'max_tokens' },
      { max_tokens: 5 },
    ],
    ['keeps a zero', { seed: 0 }, { seed: 'random_seed' }, { random_seed: 0 }],
    ['leaves other fields alone', { toString: 1 }, { user: null }, { toString: 1 }],
  ])('%s', (_what, request, renamedFields, expected) => {
    expect(toOpenAiRequest(request, { renamedFields, renamedRoles: {} })).toEqual(expected);
  });

  it('renames roles and changes nothing else about messages', () => {
    const messages = [
      { role: 'developer', content: 'a', name: 'n' },
      { role: 'user', content: [{ type: 'text', text: 'developer' }] },
      'no message',
      { content: 'without a role' },
    ];
    const request = { messages };
    expect(toOpenAiRequest(request, { renamedFields: {}, renamedRoles: { developer: 'system' } })).toEqual({
      messages: [{ role: 'system', content: 'a', name: 'n' }, ...messages.slice(1)],
    });
    expect(request.messages).toBe(messages);
    expect(messages[0]).toEqual({ role: 'developer', content: 'a', name: 'n' });
  });

  it.each<[OpenAiCompatibleSettings['reasoningField'], JsonObject, JsonObject]>([
    [undefined, { reasoning: 'a', reasoning_content: 'a' }, { reasoning: 'a', reasoning_content: 'a' }],
    ['reasoning', { reasoning: 'a', reasoning_content: 'a' }, { reasoning: 'a' }],
    ['reasoning', { reasoning_content: 'a' }, { reasoning: 'a' }],
    ['reasoning_content', { reasoning: 'a' }, { reasoning_content: 'a' }],
    ['reasoning_content', { reasoning: 'a', reasoning_content: null }, { reasoning_content: 'a' }],
    ['reasoning_content', {}, {}],
    ['none', { reasoning: 'a', reasoning_content: 'a' }, {}],
  ])("sends an assistant's reasoning as %s: %j", (reasoningField, fields, expected) => {
    const turn = { role: 'assistant', content: 'b' };
    const { messages } = toOpenAiRequest(
      { messages: [{ ...turn, ...fields }] },
      { ...NO_RENAMES, ...(reasoningField && { reasoningField }) },
    );
    expect(messages).toEqual([{ ...turn, ...expected }]);
  });

  it('has no messages to rename in an embedding request', () => {
    const request = { model: 'm', input: 'a' };
    expect(toOpenAiRequest(request, { renamedFields: {}, renamedRoles: { developer: 'system' } })).toEqual(request);
  });
});
