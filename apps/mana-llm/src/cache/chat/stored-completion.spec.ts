import type { ChatCompletion, CompletionChoice, CompletionMessage } from '@mana-llm/openai-api';
import { isStorable } from './stored-completion.js';

const choice = (message: Partial<CompletionMessage>, finish_reason = 'stop'): CompletionChoice => ({
  index: 0,
  message: { role: 'assistant', content: null, refusal: null, ...message },
  logprobs: null,
  finish_reason,
});
const answer = (...choices: CompletionChoice[]): ChatCompletion => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 7,
  model: 'p/m',
  choices,
});

describe(isStorable.name, () => {
  it.each<[string, CompletionChoice[]]>([
    ['text', [choice({ content: 'a' })]],
    ['text up to the limit', [choice({ content: 'a' }, 'length')]],
    ['reasoning alone', [choice({ reasoning_content: 'hm', reasoning: 'hm' }, 'length')]],
    ['a refusal', [choice({ refusal: 'No.' })]],
    ['a tool call', [choice({ tool_calls: [{ id: 'a', type: 'function' }] }, 'tool_calls')]],
    ['a function call', [choice({ function_call: { name: 'f', arguments: '{}' } }, 'function_call')]],
    ['sound', [choice({ audio: { data: 'AA' } })]],
    ['two choices, one of them empty', [choice({ content: 'a' }), choice({})]],
  ])('is true for %s', (_what, choices) => {
    expect(isStorable(answer(...choices))).toBe(true);
  });

  it.each<[string, CompletionChoice[]]>([
    ['what a filter cut', [choice({ content: 'a' }, 'content_filter')]],
    [
      'two choices, one of them cut by a filter',
      [choice({ content: 'a' }), choice({ content: 'b' }, 'content_filter')],
    ],
    ['an end that nobody knows', [choice({ content: 'a' }, 'error')]],
    ['no finish reason', [choice({ content: 'a' }, null as never)]],
    ['nothing', [choice({})]],
    ['empty text', [choice({ content: '', annotations: [] })]],
    ['nothing up to the limit', [choice({ content: '' }, 'length')]],
    ['no choices', []],
  ])('is false for %s', (_what, choices) => {
    expect(isStorable(answer(...choices))).toBe(false);
  });
});
