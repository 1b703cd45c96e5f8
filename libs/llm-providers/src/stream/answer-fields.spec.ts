import { ExactInteger, type JsonObject } from '@mana-llm/openai-api';
import { AnswerIdentity, readUsage, toUnixSeconds } from './answer-fields.js';

describe(toUnixSeconds.name, () => {
  it.each<[string, unknown, number | undefined]>([
    ['seconds', 1_764_230_000, 1_764_230_000],
    ['a fraction of a second', 1_764_230_000.723, 1_764_230_000],
    ['milliseconds', 1_764_230_000_123, 1_764_230_000],
    ['microseconds', 1_764_230_000_123_456, 1_764_230_000],
    ['nanoseconds', new ExactInteger('1764230000123456789'), 1_764_230_000],
    ['nothing', 0, undefined],
    ['a time before the first', -1, undefined],
    ['no number', '1764230000', undefined],
    ['a number without end', Infinity, undefined],
  ])('reads %s', (_what, value, seconds) => {
    expect(toUnixSeconds(value)).toBe(seconds);
  });
});

describe(AnswerIdentity.name, () => {
  it('keeps the first real values, in seconds', () => {
    const identity = new AnswerIdentity();
    identity.learn({ id: '', created: 0 });
    identity.learn({ id: 'a', created: 1_764_230_000_123 });
    identity.learn({ id: 'b', created: 7 });
    expect(identity.get()).toEqual({ id: 'a', created: 1_764_230_000 });
  });
});

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const OTHER = { prompt_tokens: 30, completion_tokens: 20, total_tokens: 50 };

describe(readUsage.name, () => {
  it.each<[string, JsonObject]>([
    ['beside the choices', { usage: USAGE }],
    ["in Groq's own field", { x_groq: { id: 'r', usage: USAGE } }],
    ['in a choice', { choices: [{ index: 0 }, { index: 1, usage: USAGE }] }],
    [
      'beside the choices rather than elsewhere',
      { usage: USAGE, x_groq: { usage: OTHER }, choices: [{ usage: OTHER }] },
    ],
    ["in Groq's field rather than in a choice", { usage: null, x_groq: { usage: USAGE }, choices: [{ usage: OTHER }] }],
    ['without a total', { usage: { prompt_tokens: 3, completion_tokens: 2 } }],
  ])('finds it %s', (_where, raw) => {
    expect(readUsage(raw)).toEqual(USAGE);
  });

  it('keeps the details that a provider adds', () => {
    const detailed = { ...USAGE, prompt_tokens_details: { cached_tokens: 1 }, queue_time: 0.1 };
    expect(readUsage({ usage: detailed })).toEqual(detailed);
  });

  it.each<[string, unknown]>([
    ['a text', '2'],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['more than JavaScript counts', 2 ** 53],
    ['infinity', Infinity],
    ['an object', { toString: 1 }],
    ['null', null],
  ])('leaves out what is no count: %s', (_what, count) => {
    expect(readUsage({ usage: { ...USAGE, completion_tokens: count } })).toEqual({ prompt_tokens: 3, total_tokens: 5 });
    expect(readUsage({ usage: { ...USAGE, prompt_tokens: count } })).toBeUndefined();
    expect(readUsage({ usage: { ...USAGE, total_tokens: count } })).toEqual(USAGE);
  });

  it.each<[string, JsonObject]>([
    ['nothing', {}],
    ['null', { usage: null }],
    ['a text', { usage: '5' }],
    ['a list', { usage: [1] }],
    ['numbers as texts', { usage: { prompt_tokens: '3' } }],
    ['an empty object', { usage: {} }],
    ['choices that are none', { choices: [null, 'x'], x_groq: 'x' }],
  ])('finds none in %s', (_what, raw) => {
    expect(readUsage(raw)).toBeUndefined();
  });
});
