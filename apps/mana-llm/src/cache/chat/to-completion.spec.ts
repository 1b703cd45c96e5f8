import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChunkChoice,
  type ChunkDelta,
  ExactInteger,
  FINISH_REASONS,
  type JsonObject,
  parseJson as parse,
} from '@mana-llm/openai-api';
import fc from 'fast-check';
import { toChunks } from './stored-completion.js';
import { toCompletion } from './to-completion.js';

const parseJson = (text: string): JsonObject => parse(text) as JsonObject;

const FRAME = { id: 'chatcmpl-1', object: 'chat.completion.chunk' as const, created: 7, model: 'p/m' };
const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

const frame = (choice: Partial<ChunkChoice>, fields: JsonObject = {}): ChatCompletionChunk => ({
  ...fields,
  ...FRAME,
  choices: [{ index: 0, delta: {}, finish_reason: null, ...choice }],
});
const said = (delta: ChunkDelta, fields: JsonObject = {}): ChatCompletionChunk => frame({ delta, ...fields });
const end = (fields: Partial<ChunkChoice> = {}): ChatCompletionChunk => frame({ finish_reason: 'stop', ...fields });
const fold = (...chunks: ChatCompletionChunk[]): ChatCompletion | undefined => toCompletion(chunks);

describe(toCompletion.name, () => {
  it('folds a stream to the answer that the buffered form gives', () => {
    expect(
      fold(said({ role: 'assistant', content: 'Hel' }), said({ content: 'lo' }), end(), {
        ...FRAME,
        choices: [],
        usage: USAGE,
      }),
    ).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 7,
      model: 'p/m',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: USAGE,
    });
  });

  it('has no usage where none was told', () => {
    expect(fold(said({ content: 'a' }), end())).not.toHaveProperty('usage');
  });

  it.each<[string, ChunkDelta[], JsonObject]>([
    ['no text', [{ role: 'assistant' }], { content: null }],
    ['empty text', [{ content: '' }], { content: '' }],
    [
      'reasoning',
      [{ reasoning_content: 'h', reasoning: 'h' }, { reasoning_content: 'm', reasoning: 'm' }, { content: 'a' }],
      { content: 'a', reasoning_content: 'hm', reasoning: 'hm' },
    ],
    ['a refusal', [{ refusal: 'N' }, { refusal: 'o.' }], { content: null, refusal: 'No.' }],
    [
      'lists of its provider',
      [{ content: 'a', annotations: [1] }, { annotations: [2, 3] }],
      { content: 'a', annotations: [1, 2, 3] },
    ],
    [
      'texts of its provider',
      [{ reasoning_text: 'I think ', thinking: 'a' }, { reasoning_text: 'so.', content: 'a' }, { thinking: 'b' }],
      { content: 'a', reasoning_text: 'I think so.', thinking: 'ab' },
    ],
    [
      'labels of its provider',
      [{ content: 'a', phase: 'draft', score: 1 }, { phase: 'draft' }, { phase: 'final', score: 2 }],
      { content: 'a', phase: 'final', score: 2 },
    ],
    [
      'a name that changes what an object inherits',
      [parseJson('{"content":"a","__proto__":{"tool_calls":5,"refusal":"no"}}'), parseJson('{"__proto__":{"x":1}}')],
      parseJson('{"content":"a","__proto__":{"tool_calls":5,"refusal":"no","x":1}}'),
    ],
    [
      'an integer past 2^53',
      [{ content: 'a' }, parseJson('{"token_id":18446744073709551615}')],
      { content: 'a', token_id: new ExactInteger('18446744073709551615') },
    ],
    [
      'a function call of the old kind',
      [{ function_call: { name: 'f', arguments: '{"x"' } }, { function_call: { arguments: ':1}' } }],
      { content: null, function_call: { name: 'f', arguments: '{"x":1}' } },
    ],
    [
      'sound',
      [
        { audio: { id: 'a', transcript: 'Hel' } },
        { audio: { transcript: 'lo', data: 'AA' } },
        { audio: { data: 'BB' } },
      ],
      { content: null, audio: { id: 'a', transcript: 'Hello', data: 'AABB' } },
    ],
    [
      'names that every object has',
      [{ constructor: 'x' }, { toString: 'y' }],
      { content: null, constructor: 'x', toString: 'y' },
    ],
  ])('folds a message with %s', (_what, deltas, expected) => {
    const completion = fold(...deltas.map((delta) => said(delta)), end());
    expect(completion?.choices[0]?.message).toEqual({ role: 'assistant', refusal: null, ...expected });
  });

  it('folds lists of any length', () => {
    const list = Array<string>(300_000).fill('x');
    const completion = fold(said({ content: 'a', marks: ['x'] }), said({ marks: list }), end());
    expect(completion?.choices[0]?.message['marks']).toHaveLength(300_001);
  });

  it('gives no inherited field to a message, a call or the answer', () => {
    const hostile = '"__proto__":{"refusal":"no","tool_calls":5,"usage":{"prompt_tokens":1}}';
    const piece = parseJson(
      `{"content":"a","tool_calls":[{"index":0,"id":"c","function":{"name":"f"},${hostile}}],${hostile}}`,
    );
    const completion = fold(said(piece), { ...end(), ...parseJson(`{${hostile}}`) });
    const [choice] = completion?.choices ?? [];
    for (const object of [completion, choice, choice?.message, choice?.message.tool_calls?.[0]]) {
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    }
  });

  it('puts tool calls together, in the order of their indices', () => {
    const completion = fold(
      said({ tool_calls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'sql', input: 'select' } }] }),
      said({
        tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' }, sign: 's' }],
      }),
      said({ tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] }),
      said({
        tool_calls: [
          { index: 1, custom: { input: ' 1' } },
          { index: 0, function: { arguments: '1}' } },
        ],
      }),
      end({ finish_reason: 'tool_calls' }),
    );
    expect(completion?.choices[0]?.message.tool_calls).toEqual([
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' }, sign: 's' },
      { id: 'b', type: 'custom', custom: { name: 'sql', input: 'select 1' } },
    ]);
  });

  it('keeps the choices of one stream apart, in their order', () => {
    const completion = fold(
      said({ content: 'b' }, { index: 1 }),
      said({ content: 'a' }),
      said({ content: 'B' }, { index: 1 }),
      end(),
      end({ index: 1, finish_reason: 'length' }),
    );
    expect(
      completion?.choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason]),
    ).toEqual([
      [0, 'a', 'stop'],
      [1, 'bB', 'length'],
    ]);
  });

  it('joins the lists of log probabilities, and leaves the frames as they were', () => {
    const chunks = [
      said({ content: 'a' }, { logprobs: { content: [{ token: 'a' }], refusal: null } }),
      said({ refusal: 'b' }, { logprobs: { content: null, refusal: [{ token: 'b' }] } }),
      said({ content: 'c' }, { logprobs: { content: [{ token: 'c' }] } }),
      end(),
    ];
    const before = structuredClone(chunks);
    expect(toCompletion(chunks)?.choices[0]?.logprobs).toEqual({
      content: [{ token: 'a' }, { token: 'c' }],
      refusal: [{ token: 'b' }],
    });
    expect(chunks).toEqual(before);
  });

  it('keeps unknown fields of choices and of the answer; those are repeated, and the last one counts', () => {
    const completion = fold(
      frame({ delta: { content: 'a' }, token_ids: [1] }, { citations: ['x'], service_tier: 'auto' }),
      frame({ delta: { content: 'b' }, token_ids: [2] }, { citations: ['x', 'y'] }),
      end({ stop_reason: 128 }),
    );
    expect(completion).toMatchObject({ citations: ['x', 'y'], service_tier: 'auto' });
    expect(completion?.choices[0]).toMatchObject({ token_ids: [1, 2], stop_reason: 128 });
  });

  it.each<[string, ChatCompletionChunk[]]>([
    ['no chunks', []],
    ['no choices', [{ ...FRAME, choices: [], usage: USAGE }]],
    ['a choice without a finish reason', [said({ content: 'a' }), said({ content: 'b' }, { index: 1 }), end()]],
  ])('gives nothing for %s', (_what, chunks) => {
    expect(toCompletion(chunks)).toBeUndefined();
  });
});

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', minLength: 200, maxLength: 900 }));
const value = fc.jsonValue({ maxDepth: 2 }).filter((json) => json !== null);
const extras = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,5}$/), value, { maxKeys: 2, noNullPrototype: true });
const maybe = <T>(name: string, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<JsonObject> =>
  fc.option(arbitrary).map((given) => (given === null ? {} : { [name]: given }));
const merged = (...parts: fc.Arbitrary<JsonObject>[]): fc.Arbitrary<JsonObject> =>
  fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as JsonObject);

const toolCall = merged(
  extras,
  fc.record({ id: fc.uuid() }),
  fc.oneof(
    fc.record({
      type: fc.constant('function'),
      function: fc.record({ name: fc.string({ minLength: 1 }), arguments: text }),
    }),
    fc.record({ type: fc.constant('custom'), custom: fc.record({ name: fc.string({ minLength: 1 }), input: text }) }),
  ),
);
const reasoning = fc
  .option(text.filter((words) => words !== ''))
  .map((words) => (words === null ? {} : { reasoning_content: words, reasoning: words }));
const message = merged(
  extras,
  maybe('audio', fc.record({ id: fc.string(), data: text, transcript: text })),
  maybe('function_call', fc.record({ name: fc.string(), arguments: text })),
  fc.record({ role: fc.constant('assistant'), content: fc.option(text), refusal: fc.option(text) }),
  reasoning,
  maybe('tool_calls', fc.array(toolCall, { minLength: 1, maxLength: 3 })),
);
const tokens = fc.option(fc.array(fc.record({ token: fc.string(), logprob: fc.constant(-0.5) }), { maxLength: 4 }));
const choice = merged(
  extras,
  fc.record({
    message,
    logprobs: fc.option(fc.oneof(fc.record({ content: tokens, refusal: tokens }), fc.constant({}))),
    finish_reason: fc.constantFrom(...FINISH_REASONS),
  }),
);
const completion = merged(
  extras,
  maybe('system_fingerprint', fc.string()),
  maybe('service_tier', fc.constant('default')),
  maybe('usage', fc.constant(USAGE)),
  fc.record({
    id: fc.uuid(),
    object: fc.constant('chat.completion'),
    created: fc.nat(),
    model: fc.string({ minLength: 1 }),
    choices: fc
      .array(choice, { minLength: 1, maxLength: 3 })
      .map((list) => list.map((one, index) => ({ ...one, index }))),
  }),
).map((answer) => answer as unknown as ChatCompletion);

describe('an answer that becomes a stream and an answer again', () => {
  it('is the same but for its id and its time', () => {
    fc.assert(
      fc.property(completion, (answer) => {
        const { id, created } = answer;
        expect({ ...toCompletion(toChunks(answer)), id, created }).toEqual(answer);
      }),
    );
  });

  it('keeps the contract of streams on the way', () => {
    fc.assert(
      fc.property(completion, (answer) => {
        const chunks = toChunks(answer);
        const [first] = chunks;
        for (const { id, created, model, object } of chunks) {
          expect([id, created, model, object]).toEqual([
            first?.id,
            first?.created,
            answer.model,
            'chat.completion.chunk',
          ]);
        }
        for (const { index, finish_reason } of answer.choices) {
          const own = chunks.flatMap(({ choices }) => choices).filter((piece) => piece.index === index);
          expect(own.map(({ delta }) => delta.role)).toEqual(['assistant', ...own.slice(1).map(() => undefined)]);
          expect(own.map((piece) => piece.finish_reason)).toEqual([...own.slice(1).map(() => null), finish_reason]);
          expect(own.at(-1)?.delta).toEqual({});
        }
        const usageAt = chunks.findIndex(({ choices }) => choices.length === 0);
        expect(usageAt).toBe(answer.usage === undefined ? -1 : chunks.length - 1);
      }),
    );
  });
});
