import { parseJson } from '@mana-llm/openai-api';
import { isLogprobs, readContent, readReasoning } from './read-content.js';

describe(readContent.name, () => {
  it.each<[unknown, string, string]>([
    ['a', 'a', ''],
    ['', '', ''],
    [null, '', ''],
    [undefined, '', ''],
    [5, '', ''],
    [{ text: 'a' }, '', ''],
    [[], '', ''],
    [['a', 'b'], 'ab', ''],
    [
      [
        { type: 'text', text: 'a' },
        { type: 'output_text', text: 'b' },
      ],
      'ab',
      '',
    ],
    [[{ type: 'text' }, { type: 'reference', reference_ids: [1] }, null, 7], '', ''],
    [[{ type: 'text', text: [{ text: 'a' }, 'b'] }], 'ab', ''],
    [
      [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'a' },
      ],
      'a',
      'hm',
    ],
    [
      [
        {
          type: 'thinking',
          thinking: [
            { type: 'text', text: 'h' },
            { type: 'text', text: 'm' },
          ],
        },
      ],
      '',
      'hm',
    ],
    [[{ type: 'thinking' }], '', ''],
  ])('reads %j as text %j and reasoning %j', (content, text, reasoning) => {
    expect(readContent(content)).toEqual({ text, reasoning });
  });
});

describe(readReasoning.name, () => {
  it.each([
    [{ reasoning_content: 'a' }, 'a'],
    [{ reasoning: 'a' }, 'a'],
    [{ reasoning_content: 'a', reasoning: 'a' }, 'a'],
    [{ reasoning_content: '', reasoning: 'a' }, 'a'],
    [{ reasoning_content: null, reasoning: 'a' }, 'a'],
    [{ reasoning: { effort: 'low' } }, ''],
    [{}, ''],
  ])('reads %j as %j', (message, expected) => {
    expect(readReasoning(message)).toBe(expected);
  });
});

const TOKEN = { token: 'a', logprob: -0.5, bytes: [97] };

describe(isLogprobs.name, () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an empty list', []],
    ['an empty text', ''],
    ['lists of null', { content: null, refusal: null }],
    ['empty lists', { content: [], refusal: [] }],
    ['tokens with alternatives', { content: [{ ...TOKEN, top_logprobs: [TOKEN, TOKEN] }], refusal: [TOKEN] }],
    ['tokens without bytes', { content: [{ token: 'a', logprob: 0, bytes: null, top_logprobs: null }] }],
    ['tokens of which only the name is told', { content: [{ token: 'a' }] }],
    ['the older form', { tokens: ['a'], token_logprobs: [-0.5], top_logprobs: [{ a: -0.5 }] }],
  ])('accepts %s', (_what, value) => {
    expect(isLogprobs(value)).toBe(true);
  });

  it.each<[string, string]>([
    ['a text', '"x"'],
    ['a number', '5'],
    ['a flag', 'true'],
    ['a list of null', '[null]'],
    ['content that is no list', '{"content":"x"}'],
    ['content that holds null', '{"content":[null]}'],
    ['content that holds a list', '{"content":[[]]}'],
    ['a refusal that is no list', '{"refusal":{}}'],
    ['a token that is no text', '{"content":[{"token":5}]}'],
    ['a probability that is no number', '{"content":[{"token":"a","logprob":"x"}]}'],
    ['a probability of -Infinity', '{"content":[{"token":"a","logprob":-1e400}]}'],
    ['bytes that are no list', '{"content":[{"token":"a","bytes":"a"}]}'],
    ['bytes that are none', '{"content":[{"token":"a","bytes":[256]}]}'],
    ['alternatives that are no list', '{"content":[{"token":"a","top_logprobs":{"a":-1}}]}'],
    ['alternatives that hold null', '{"content":[{"token":"a","top_logprobs":[null]}]}'],
  ])('refuses %s', (_what, text) => {
    expect(isLogprobs(parseJson(text))).toBe(false);
  });
});
