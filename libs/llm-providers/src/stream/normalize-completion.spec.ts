import type { ChatCompletion, JsonObject } from '@mana-llm/openai-api';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import { openAiCompletion } from '../testing/openai-completion.js';
import { normalizeCompletion, refuseEmptyCompletion } from './normalize-completion.js';

const SOURCE = { provider: 'groq', model: 'llama-3' };

const normalize = (raw: unknown): ChatCompletion => normalizeCompletion(raw, SOURCE);
const withMessage = (message: JsonObject, fields: JsonObject = {}): JsonObject => ({
  id: 'c1',
  created: 7,
  choices: [{ index: 0, message, finish_reason: 'stop', ...fields }],
});

describe(normalizeCompletion.name, () => {
  it('keeps a well-behaved answer, with our name for the model', () => {
    expect(normalize(openAiCompletion({ system_fingerprint: 'fp' }))).toEqual({
      id: 'chatcmpl-fake',
      object: 'chat.completion',
      created: 1_760_000_000,
      model: 'groq/llama-3',
      system_fingerprint: 'fp',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello there.', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
    });
  });

  it('makes up what an upstream leaves out, and no usage', () => {
    const { id, created, ...rest } = normalize({ choices: [{ message: { content: 'a' }, finish_reason: 'stop' }] });
    expect(id).toMatch(/^chatcmpl-/);
    expect(Math.abs(created - Date.now() / 1000)).toBeLessThan(10);
    expect(rest).not.toHaveProperty('usage');
    expect(rest.choices[0]).toMatchObject({ index: 0, logprobs: null });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['text', { content: 'a' }, { content: 'a' }],
    ['empty text', { content: '' }, { content: '' }],
    ['null', { content: null }, { content: null }],
    ['no content', {}, { content: null }],
    ['a list of parts', { content: [{ type: 'text', text: 'a' }, 'b'] }, { content: 'ab' }],
    ['an empty list', { content: [] }, { content: '' }],
    [
      'a list with thinking',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'a' },
        ],
      },
      { content: 'a', reasoning_content: 'hm', reasoning: 'hm' },
    ],
    ['reasoning', { content: 'a', reasoning: 'hm' }, { content: 'a', reasoning_content: 'hm', reasoning: 'hm' }],
    [
      'reasoning_content',
      { content: 'a', reasoning_content: 'hm' },
      { content: 'a', reasoning_content: 'hm', reasoning: 'hm' },
    ],
    ['a refusal', { content: null, refusal: 'No.' }, { content: null, refusal: 'No.' }],
    ['unknown fields', { content: 'a', annotations: [], audio: null }, { content: 'a', annotations: [] }],
    ['another role', { role: 'model', content: 'a' }, { content: 'a' }],
  ])('reads a message with %s', (_what, message, expected) => {
    expect(normalize(withMessage(message)).choices[0]?.message).toEqual({
      role: 'assistant',
      refusal: null,
      ...expected,
    });
  });

  it('reads a choice without a message as one without content', () => {
    const choice = { index: 0, finish_reason: 'length' };
    expect(normalize({ choices: [choice] }).choices[0]?.message.content).toBeNull();
  });

  it.each<[string, JsonObject[]]>([
    ['whole calls', [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }]],
    ['arguments as an object', [{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }]],
    ['an index', [{ index: 4, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }]],
  ])('reads tool calls: %s', (_how, calls) => {
    const [choice] = normalize(withMessage({ content: null, tool_calls: calls })).choices;
    expect(choice?.message.tool_calls).toEqual([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
    ]);
    expect(choice?.finish_reason).toBe('tool_calls');
  });

  it('keeps equal calls apart and gives each an id of its own', () => {
    const same = { id: 'same', index: 0, function: { name: 'f', arguments: '{}' } };
    const calls = normalize(withMessage({ tool_calls: [same, same, { ...same, id: undefined }] })).choices[0]?.message
      .tool_calls;
    expect(new Set(calls?.map(({ id }) => id)).size).toBe(3);
    expect(calls?.map((call) => call.function)).toEqual(Array(3).fill({ name: 'f', arguments: '{}' }));
  });

  it('keeps calls of other kinds', () => {
    const custom = { id: 'a', type: 'custom', custom: { name: 'sql', input: 'select 1' } };
    const [choice] = normalize(withMessage({ tool_calls: [custom] }, { finish_reason: 'tool_calls' })).choices;
    expect(choice?.message.tool_calls).toEqual([custom]);
  });

  it('gives calls without arguments an empty object, in their order', () => {
    const calls = ['', ' ', null, undefined].map((text) => ({ id: 'x', function: { name: 'f', arguments: text } }));
    const other = { id: 'y', type: 'function', function: { name: 'g', arguments: '{"a":1}' } };
    const [choice] = normalize(withMessage({ tool_calls: [...calls, other] })).choices;
    expect(choice?.message.tool_calls?.map((call) => call.function)).toEqual([
      ...Array(4).fill({ name: 'f', arguments: '{}' }),
      other.function,
    ]);
  });

  it('says stop for tool_calls without a call, and passes a reason that nobody knows', () => {
    const reasonFor = (finish_reason: string): unknown =>
      normalize(withMessage({ content: 'a', tool_calls: [] }, { finish_reason })).choices[0]?.finish_reason;
    expect([reasonFor('tool_calls'), reasonFor('IMAGE_SAFETY'), reasonFor('odd')]).toEqual([
      'stop',
      'content_filter',
      'odd',
    ]);
  });

  it('has no tool_calls for an empty list', () => {
    expect(normalize(withMessage({ content: 'a', tool_calls: [] })).choices[0]?.message).not.toHaveProperty(
      'tool_calls',
    );
  });

  it('passes unknown fields of the answer and of choices, but for the noise of some providers', () => {
    const raw = {
      ...withMessage({ content: 'a' }, { logprobs: { content: [] }, native_finish_reason: 'x', seed: null }),
      provider: 'p',
      x_groq: { id: 'r' },
      prompt_filter_results: [],
      obfuscation: 'x',
      error: null,
    };
    expect(normalize(raw)).toEqual({
      id: 'c1',
      object: 'chat.completion',
      created: 7,
      model: 'groq/llama-3',
      provider: 'p',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'a', refusal: null },
          logprobs: { content: [] },
          native_finish_reason: 'x',
          finish_reason: 'stop',
        },
      ],
    });
  });

  it('numbers choices by their place where the upstream numbers two alike', () => {
    const choice = { index: 0, message: { content: 'a' }, finish_reason: 'stop' };
    const numbered = [choice, choice, { ...choice, index: 7 }];
    expect(normalize({ choices: numbered }).choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('numbers choices by their place where the upstream does not', () => {
    const choice = { message: { content: 'a' }, finish_reason: 'stop' };
    expect(normalize({ choices: [choice, choice, { ...choice, index: 7 }] }).choices.map(({ index }) => index)).toEqual(
      [0, 1, 7],
    );
  });

  it.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [{ choices: [] }],
    [{ choices: 'x' }],
    [{ choices: [null] }],
    [{ choices: [{ finish_reason: 'stop' }, 'x'] }],
  ])('refuses %j', (raw) => {
    expect(() => normalize(raw)).toThrow(
      expect.objectContaining({
        kind: 'bad_response',
        message: 'groq answered with something that is no chat completion.',
      }),
    );
  });

  it.each([
    [undefined, 'no finish reason'],
    [null, 'no finish reason'],
    ['', 'no finish reason'],
    ['error', 'error'],
    ['insufficient_system_resource', 'insufficient_system_resource'],
  ])('refuses an answer with the finish reason %j', (reason, said) => {
    expect(() => normalize(withMessage({ content: 'half of it' }, { finish_reason: reason }))).toThrow(
      expect.objectContaining({ kind: 'bad_response', message: `groq could not finish its answer (${said}).` }),
    );
  });

  it('gives a call without arguments whole, though another one follows', () => {
    const calls = ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: id, arguments: '' } }));
    const [choice] = normalize(withMessage({ content: null, tool_calls: calls })).choices;
    expect(choice?.message.tool_calls).toEqual(
      ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: id, arguments: '{}' } })),
    );
  });

  it.each(['', [], {}, null])('has no log probabilities where %j says so', (logprobs) => {
    expect(normalize(withMessage({ content: 'a' }, { logprobs })).choices[0]?.logprobs).toBeNull();
  });

  it.each<[string, JsonObject, string]>([
    ['an index that is infinite', { index: Infinity }, 'a choice whose index is no index'],
    ['an index below 0', { index: -1 }, 'a choice whose index is no index'],
    ['an index that is a text', { index: '0' }, 'a choice whose index is no index'],
    ['log probabilities that are a text', { logprobs: 'x' }, 'log probabilities that cannot be read'],
    ['log probabilities that hold null', { logprobs: { content: [null] } }, 'log probabilities that cannot be read'],
  ])('refuses %s', (_what, fields, said) => {
    expect(() => normalize(withMessage({ content: 'a' }, fields))).toThrow(
      expect.objectContaining({ kind: 'bad_response', message: `groq answered with ${said}.` }),
    );
  });

  it('refuses a tool call without a name', () => {
    const call = { id: 'a', function: { arguments: '{}' } };
    expect(() => normalize(withMessage({ tool_calls: [call] }))).toThrow(
      expect.objectContaining({ kind: 'bad_response', message: 'groq answered with a tool call that has no name.' }),
    );
  });
});

const completion = (...choices: JsonObject[]): ReturnType<typeof normalizeCompletion> =>
  normalizeCompletion({ ...openAiCompletion(), choices }, { provider: 'p', model: 'm' });
const choice = (message: JsonObject, reason = 'stop'): JsonObject => ({ message, finish_reason: reason });

describe(refuseEmptyCompletion.name, () => {
  it.each<[string, JsonObject]>([
    ['empty text', { content: '' }],
    ['null', { content: null }],
    ['empty text beside an empty list of annotations', { content: '', annotations: [] }],
    ['an empty refusal', { content: null, refusal: '' }],
  ])('refuses an answer of %s and carries it', (_what, message) => {
    const answer = completion(choice(message));
    expect(() => refuseEmptyCompletion(answer, 'p')).toThrow(EmptyAnswerError);
    expect(() => refuseEmptyCompletion(answer, 'p')).toThrow(
      expect.objectContaining({ kind: 'empty_response', provider: 'p', answer, message: 'p answered with nothing.' }),
    );
  });

  it.each<[string, JsonObject[]]>([
    ['text', [choice({ content: 'a' })]],
    ['a blank', [choice({ content: ' ' })]],
    ['a refusal', [choice({ content: null, refusal: 'No.' })]],
    ['reasoning', [choice({ content: '', reasoning: 'hm' })]],
    ['a tool call', [choice({ content: null, tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] })]],
    ['audio', [choice({ content: null, audio: { id: 'a' } })]],
    ['nothing, cut by max_tokens', [choice({ content: '' }, 'length')]],
    ['nothing, stopped by a filter', [choice({ content: '' }, 'content_filter')]],
    ['one empty choice of two', [choice({ content: '' }), choice({ content: 'a' })]],
  ])('gives back an answer of %s', (_what, choices) => {
    const answer = completion(...choices);
    expect(refuseEmptyCompletion(answer, 'p')).toBe(answer);
  });
});
