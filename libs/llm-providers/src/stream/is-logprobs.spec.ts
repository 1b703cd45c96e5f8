import { parseJson } from '@mana-llm/openai-api';
import { isLogprobs } from './is-logprobs.js';

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
