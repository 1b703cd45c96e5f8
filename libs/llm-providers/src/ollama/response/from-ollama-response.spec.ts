import { UpstreamError } from '../../errors/upstream-error.js';
import { fromOllamaResponse } from './from-ollama-response.js';

const DEFAULT_READING = { isJson: false, hasOneCallAtMost: false };

/** What a server of version 0.33 answers to "Say hello", shortened. */
const ANSWER = {
  model: 'gemma3:4b',
  created_at: '2026-08-01T10:00:00.5Z',
  message: { role: 'assistant', content: 'Hello!' },
  done: true,
  done_reason: 'stop',
  total_duration: 2_500_000_000,
  load_duration: 500_000_000,
  prompt_eval_count: 12,
  prompt_eval_duration: 200_000_000,
  eval_count: 30,
  eval_duration: 1_500_000_000,
};

const CALLS = [
  { function: { name: 'weather', arguments: { city: 'Köln' } } },
  { id: 'call_x', function: { index: 0, name: 'now', arguments: {} } },
];

const map = (fields: object, reading = {}) =>
  fromOllamaResponse({ ...ANSWER, ...fields }, { ...DEFAULT_READING, ...reading }, 'ollama');
const choiceOf = (fields: object, reading = {}): unknown => (map(fields, reading)['choices'] as unknown[])[0];

describe(fromOllamaResponse.name, () => {
  it('maps a whole answer', () => {
    expect(map({})).toEqual({
      created: 1785578400,
      system_fingerprint: 'fp_ollama',
      usage: { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 },
      x_ollama: { total_ms: 2500, load_ms: 500, prompt_ms: 200, eval_ms: 1500, tokens_per_second: 20 },
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
    });
  });

  it.each<[string, object, object]>([
    ['thinking as reasoning', { message: { content: 'x', thinking: 'hm' } }, { content: 'x', reasoning_content: 'hm' }],
    ['empty thinking as none', { message: { content: 'x', thinking: '' } }, { content: 'x' }],
    ['no content as empty text', { message: {} }, { content: '' }],
    ['content that is no text as empty text', { message: { content: { toString: 1 } } }, { content: '' }],
    ['thinking that is no text as none', { message: { content: 'x', thinking: { a: 1 } } }, { content: 'x' }],
    [
      'the calls among what stands in their list',
      { message: { content: '', tool_calls: [null, 'x', CALLS[1]] } },
      {
        content: null,
        tool_calls: [{ index: 0, id: 'call_x', type: 'function', function: { name: 'now', arguments: '{}' } }],
      },
    ],
    ['null content as empty text', { message: { content: null, tool_calls: null } }, { content: '' }],
    [
      'tool calls, with null where there is no text',
      { message: { content: '', tool_calls: CALLS } },
      {
        content: null,
        tool_calls: [
          { index: 0, type: 'function', function: { name: 'weather', arguments: '{"city":"Köln"}' } },
          { index: 1, id: 'call_x', type: 'function', function: { name: 'now', arguments: '{}' } },
        ],
      },
    ],
    [
      'arguments that come as text, or not at all',
      {
        message: {
          content: 'see',
          tool_calls: [
            { function: { name: 'a', arguments: '{"b":1}' } },
            { function: { name: 'c' } },
            { function: { name: 'd', arguments: '' } },
          ],
        },
      },
      {
        content: 'see',
        tool_calls: [
          { index: 0, type: 'function', function: { name: 'a', arguments: '{"b":1}' } },
          { index: 1, type: 'function', function: { name: 'c', arguments: '{}' } },
          { index: 2, type: 'function', function: { name: 'd', arguments: '{}' } },
        ],
      },
    ],
  ])('maps %s', (_, fields, message) => {
    expect(choiceOf(fields)).toEqual({ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' });
  });

  it.each([
    ['length', 'length'],
    ['stop', 'stop'],
    ['load', 'load'],
    ['', 'stop'],
    [undefined, 'stop'],
  ])('maps done_reason %s to %s', (reason, expected) => {
    expect(choiceOf({ done_reason: reason })).toMatchObject({ finish_reason: expected });
  });

  it('maps log probabilities', () => {
    const logprobs = [
      { token: 'He', logprob: -0.1, bytes: [72, 101], top_logprobs: [{ token: 'He', logprob: -0.1 }] },
      { token: 'llo', logprob: -0.2 },
    ];
    expect(choiceOf({ logprobs })).toMatchObject({
      logprobs: {
        content: [
          { token: 'He', logprob: -0.1, bytes: [72, 101], top_logprobs: [{ token: 'He', logprob: -0.1, bytes: null }] },
          { token: 'llo', logprob: -0.2, bytes: null, top_logprobs: [] },
        ],
        refusal: null,
      },
    });
  });

  it.each<[unknown, unknown]>([
    ['x', 'x'],
    [[null], [null]],
    [[{ token: 'a', top_logprobs: 'x' }], [{ token: 'a', bytes: null, top_logprobs: 'x' }]],
    [[{ token: 'a', top_logprobs: [null] }], [{ token: 'a', bytes: null, top_logprobs: [null] }]],
  ])('leaves log probabilities that are none to be refused: %j', (logprobs, content) => {
    expect(choiceOf({ logprobs })).toMatchObject({ logprobs: { content } });
  });

  it.each([[null], [[]], [undefined]])('has no log probabilities where Ollama gives %j', (logprobs) => {
    expect(choiceOf({ logprobs })).not.toHaveProperty('logprobs');
  });

  it('counts a prompt that was in the cache as none', () => {
    expect(map({ prompt_eval_count: undefined })['usage']).toEqual({
      prompt_tokens: 0,
      completion_tokens: 30,
      total_tokens: 30,
    });
  });

  it('tells no time that is infinite', () => {
    const times = {
      total_duration: Infinity,
      load_duration: Infinity,
      prompt_eval_duration: 'x',
      eval_duration: Infinity,
    };
    expect(map(times)).not.toHaveProperty('x_ollama');
  });

  it('invents neither usage, nor times, nor a date', () => {
    const bare = fromOllamaResponse({ message: { content: 'x' }, done: true }, DEFAULT_READING, 'ollama');
    expect(Object.keys(bare)).toEqual(['system_fingerprint', 'choices']);
  });

  it('unwraps a code fence when JSON was asked for, and only then', () => {
    const fields = { message: { content: '```json\n{"a":1}\n```' } };
    expect(choiceOf(fields, { isJson: true })).toMatchObject({ message: { content: '{"a":1}' } });
    expect(choiceOf(fields)).toMatchObject({ message: { content: '```json\n{"a":1}\n```' } });
  });

  it('keeps the first call alone where the caller allows no parallel ones', () => {
    const choice = choiceOf({ message: { tool_calls: CALLS } }, { hasOneCallAtMost: true });
    expect(choice).toMatchObject({ message: { tool_calls: [{ index: 0, function: { name: 'weather' } }] } });
    expect((choice as { message: { tool_calls: unknown[] } }).message.tool_calls).toHaveLength(1);
  });

  it.each([[null], ['text'], [[]], [{}], [{ message: 'Hello' }]])('refuses %j as no chat answer', (raw) => {
    expect(() => fromOllamaResponse(raw, DEFAULT_READING, 'ollama')).toThrow(UpstreamError);
  });
});
