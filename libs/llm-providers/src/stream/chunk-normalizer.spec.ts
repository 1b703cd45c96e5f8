import type { ChatCompletionChunk, ChunkChoice, JsonObject } from '@mana-llm/openai-api';
import { openAiChunk, openAiUsageChunk } from '../testing/openai-chunk.js';
import { ChunkNormalizer } from './chunk-normalizer.js';

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

const create = (): ChunkNormalizer => new ChunkNormalizer({ provider: 'groq', model: 'llama-3' });

/** Every frame of a stream that is whole. */
function normalize(...raws: JsonObject[]): ChatCompletionChunk[] {
  const normalizer = create();
  return [...raws.flatMap((raw) => normalizer.push(raw)), ...normalizer.end()];
}

const choicesOf = (chunks: ChatCompletionChunk[]): ChunkChoice[] => chunks.flatMap(({ choices }) => choices);
const choice = (fields: JsonObject): JsonObject => ({ id: 'c1', created: 7, choices: [{ index: 0, ...fields }] });
const text = (content: string, fields: JsonObject = {}): JsonObject => choice({ delta: { content }, ...fields });
const finish = (reason = 'stop', fields: JsonObject = {}): JsonObject =>
  choice({ delta: {}, finish_reason: reason, ...fields });

describe(ChunkNormalizer.name, () => {
  it('makes a well-behaved stream keep its words, with our name for the model', () => {
    const chunks = normalize(
      openAiChunk({ delta: { role: 'assistant', content: '' } }),
      openAiChunk({ delta: { content: 'Hi' } }),
      openAiChunk({ delta: { content: '!' } }),
      openAiChunk({ finish_reason: 'stop' }),
      openAiUsageChunk(USAGE),
    );
    const frame = {
      id: 'chatcmpl-fake',
      object: 'chat.completion.chunk',
      created: 1_760_000_000,
      model: 'groq/llama-3',
    };
    expect(chunks).toEqual([
      { ...frame, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }] },
      { ...frame, choices: [{ index: 0, delta: { content: '!' }, finish_reason: null }] },
      { ...frame, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { ...frame, choices: [], usage: USAGE },
    ]);
  });

  describe('identity', () => {
    it("takes id and created from the upstream's first real values, a role-only chunk's included", () => {
      const chunks = normalize(
        { id: '', created: 0, choices: [{ index: 0, delta: { role: 'assistant' } }] },
        { id: 'first', created: 11.7, choices: [{ index: 0, delta: { role: 'assistant' } }] },
        { id: 'second', created: 12, choices: [{ index: 0, delta: { content: 'a' } }] },
        { ...finish(), id: 'third', created: 13 },
      );
      expect(chunks).toHaveLength(2);
      for (const chunk of chunks) expect(chunk).toMatchObject({ id: 'first', created: 11, model: 'groq/llama-3' });
    });

    it.each([
      [{}],
      [{ id: '', created: 0 }],
      [{ id: null, created: null }],
      [{ id: 5, created: '7' }],
      [{ id: {}, created: -1 }],
    ])('makes up one id and one created for an upstream that says %j', (fields) => {
      const before = Math.floor(Date.now() / 1000);
      const chunks = normalize(
        { ...text('a'), id: undefined, created: undefined, ...fields },
        { ...text('b') },
        finish(),
      );
      const [first] = chunks;
      expect(first?.id).toMatch(/^chatcmpl-[\da-f-]{36}$/);
      expect(first?.created).toBeGreaterThanOrEqual(before);
      for (const chunk of chunks) expect([chunk.id, chunk.created]).toEqual([first?.id, first?.created]);
    });
  });

  describe('roles', () => {
    it('gives the role once, in the first delta of each choice', () => {
      const role = { role: 'assistant' };
      const chunks = normalize(
        {
          choices: [
            { index: 0, delta: { ...role, content: 'a' } },
            { index: 1, delta: { ...role, content: 'b' } },
          ],
        },
        { choices: [{ index: 0, delta: { ...role, content: 'c' } }] },
        { choices: [{ index: 1, delta: { ...role, content: 'd' } }] },
        { choices: [0, 1].map((index) => ({ index, delta: role, finish_reason: 'stop' })) },
      );
      expect(choicesOf(chunks).map(({ index, delta }) => [index, delta])).toEqual([
        [0, { role: 'assistant', content: 'a' }],
        [1, { role: 'assistant', content: 'b' }],
        [0, { content: 'c' }],
        [1, { content: 'd' }],
        [0, {}],
        [1, {}],
      ]);
    });

    it('gives the role before the finish where nothing was said', () => {
      expect(choicesOf(normalize(finish('length')))).toEqual([
        { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null },
        { index: 0, delta: {}, finish_reason: 'length' },
      ]);
    });

    it('knows no other role than assistant', () => {
      const [first] = normalize(choice({ delta: { role: 'model', content: 'a' } }), finish());
      expect(first?.choices[0]?.delta).toEqual({ role: 'assistant', content: 'a' });
    });
  });

  describe('what is not sent', () => {
    it.each<[string, JsonObject]>([
      ['no choices', { id: 'c1', choices: [] }],
      ['no list of choices', { id: 'c1', choices: null }],
      ['nothing at all', {}],
      ['choices that are no objects', { choices: [null, 'x', 3] }],
      ['a role alone', choice({ delta: { role: 'assistant' } })],
      ['a role and empty content', choice({ delta: { role: 'assistant', content: '' } })],
      [
        'null content',
        choice({ delta: { role: 'assistant', content: null, refusal: null, reasoning: null, tool_calls: null } }),
      ],
      ['an empty delta', choice({ delta: {} })],
      ['no delta', choice({})],
      ['a delta of null', choice({ delta: null, logprobs: null })],
      [
        'empty lists and objects',
        choice({ delta: { content: '', tool_calls: [], annotations: [], audio: {} }, content_filter_results: {} }),
      ],
      ['usage alone', { choices: [], usage: USAGE }],
    ])('a chunk with %s', (_what, raw) => {
      expect(create().push(raw)).toEqual([]);
    });

    it('carries the top-level fields of such chunks on the next frame, once', () => {
      const chunks = normalize(
        { choices: [], service_tier: 'default', system_fingerprint: 'old' },
        { ...choice({ delta: { role: 'assistant' } }), system_fingerprint: 'fp' },
        text('a'),
        text('b'),
        finish(),
      );
      expect(chunks[0]).toMatchObject({ service_tier: 'default', system_fingerprint: 'fp' });
      expect(chunks[1]).not.toHaveProperty('service_tier');
      expect(chunks[1]).not.toHaveProperty('system_fingerprint');
    });

    it('carries what comes after the finish on the finish frame', () => {
      const chunks = normalize(text('a'), finish(), { choices: [], citations: ['x'] });
      expect(chunks[1]).toMatchObject({ citations: ['x'], choices: [{ finish_reason: 'stop' }] });
    });
  });

  describe('unknown fields', () => {
    it('pass at the top level, in choices and in deltas', () => {
      const [frame] = create().push({
        ...choice({ delta: { content: 'a', reasoning_details: [{ type: 't' }] }, native_finish_reason: 'x', seed: 4 }),
        provider: 'DeepInfra',
      });
      expect(frame).toMatchObject({
        provider: 'DeepInfra',
        choices: [{ native_finish_reason: 'x', seed: 4, delta: { reasoning_details: [{ type: 't' }] } }],
      });
    });

    it.each(['x_groq', 'obfuscation', 'prompt_filter_results', 'usage', 'error', 'object'])('but not %s', (field) => {
      const [frame] = create().push({ ...text('a'), [field]: { a: 1 } });
      expect(frame?.[field]).not.toEqual({ a: 1 });
    });

    it('of a choice are sent though its delta says nothing: log probabilities of half a character', () => {
      const logprobs = { content: [{ token: '\\xf0', logprob: -0.1, bytes: [240] }] };
      const chunks = normalize(choice({ delta: { content: '' }, logprobs }), text('😀'), finish());
      expect(choicesOf(chunks)).toEqual([
        { index: 0, delta: { role: 'assistant' }, logprobs, finish_reason: null },
        { index: 0, delta: { content: '😀' }, finish_reason: null },
        { index: 0, delta: {}, finish_reason: 'stop' },
      ]);
    });

    it.each(['', [], {}])(
      'of a choice are left out where they say nothing: log probabilities that are %j',
      (logprobs) => {
        expect(create().push(text('a', { logprobs }))[0]?.choices[0]).not.toHaveProperty('logprobs');
      },
    );

    it('of the end stand on the finish frame, log probabilities with their content', () => {
      const logprobs = { content: [{ token: 'a' }] };
      const chunks = normalize(text('a', { finish_reason: 'stop', logprobs, stop_reason: 128 }));
      expect(choicesOf(chunks)).toEqual([
        { index: 0, delta: { role: 'assistant', content: 'a' }, logprobs, stop_reason: 128, finish_reason: null },
        { index: 0, delta: {}, stop_reason: 128, finish_reason: 'stop' },
      ]);
    });

    it('that come for a choice after its end stand on the finish frame too', () => {
      const chunks = normalize(text('a'), finish(), choice({ delta: {}, content_filter_offsets: { start: 0 } }));
      expect(choicesOf(chunks).at(-1)).toEqual({
        index: 0,
        delta: {},
        content_filter_offsets: { start: 0 },
        finish_reason: 'stop',
      });
    });
  });

  describe('content', () => {
    it.each<[string, JsonObject, JsonObject]>([
      ['a string', { content: 'a' }, { content: 'a' }],
      [
        'a list of parts',
        {
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        { content: 'ab' },
      ],
      [
        "a list with Mistral's thinking",
        { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
        { reasoning_content: 'hm', reasoning: 'hm' },
      ],
      ['reasoning_content', { reasoning_content: 'hm' }, { reasoning_content: 'hm', reasoning: 'hm' }],
      ['reasoning', { reasoning: 'hm' }, { reasoning_content: 'hm', reasoning: 'hm' }],
      ['both names', { reasoning_content: 'hm', reasoning: 'hm' }, { reasoning_content: 'hm', reasoning: 'hm' }],
      [
        'an empty name beside a full one',
        { reasoning_content: '', reasoning: 'hm' },
        { reasoning_content: 'hm', reasoning: 'hm' },
      ],
      ['a refusal', { refusal: 'No.' }, { refusal: 'No.' }],
      ['the old function_call', { function_call: { name: 'f' } }, { function_call: { name: 'f' } }],
    ])('reads %s', (_what, delta, expected) => {
      const [frame] = create().push(choice({ delta }));
      expect(frame?.choices[0]?.delta).toEqual({ role: 'assistant', ...expected });
    });

    it('that comes with the finish reason goes before it', () => {
      expect(
        choicesOf(normalize(text('a', { finish_reason: 'length' }))).map((one) => [one.delta, one.finish_reason]),
      ).toEqual([
        [{ role: 'assistant', content: 'a' }, null],
        [{}, 'length'],
      ]);
    });
  });

  describe('the end', () => {
    it('is held back until it is told', () => {
      const normalizer = create();
      normalizer.push(text('a'));
      expect(normalizer.push(finish())).toEqual([]);
      expect(normalizer.push({ choices: [], usage: USAGE })).toEqual([]);
      expect(normalizer.end()).toHaveLength(2);
    });

    it('has one finish frame for each choice and one usage frame', () => {
      const chunks = normalize(
        { choices: [0, 1, 2].map((index) => ({ index, delta: { content: 'a' } })) },
        { choices: [{ index: 2, delta: {}, finish_reason: 'length' }] },
        { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: USAGE },
        { choices: [{ index: 1, delta: {}, finish_reason: 'stop' }] },
      );
      expect(
        chunks.slice(1).map(({ choices, usage }) => [choices.map((one) => [one.index, one.finish_reason]), usage]),
      ).toEqual([
        [[[0, 'stop']], undefined],
        [[[1, 'stop']], undefined],
        [[[2, 'length']], undefined],
        [[], USAGE],
      ]);
    });

    it('takes the last usage told', () => {
      const early = { ...text('a'), usage: { ...USAGE, completion_tokens: 1 } };
      expect(normalize(early, { ...finish(), usage: USAGE }).at(-1)?.usage).toEqual(USAGE);
    });

    it('keeps the first finish reason', () => {
      expect(choicesOf(normalize(text('a'), finish('length'), finish('stop'))).at(-1)?.finish_reason).toBe('length');
    });

    it.each([
      ['stop', 'tool_calls'],
      ['tool_calls', 'tool_calls'],
      ['length', 'length'],
    ])('after calls with %s is %s', (said, meant) => {
      const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
      const chunks = normalize(choice({ delta: { tool_calls: [call] } }), finish(said));
      expect(choicesOf(chunks).at(-1)?.finish_reason).toBe(meant);
    });

    it.each<[string, JsonObject[]]>([
      ['nothing came', []],
      ['only metadata came', [{ choices: [], usage: USAGE }]],
      ['the finish reason is missing', [text('a')]],
      ['the finish reason is empty', [text('a', { finish_reason: '' })]],
      [
        'one of two choices has none',
        [
          {
            choices: [
              { index: 0, delta: {}, finish_reason: 'stop' },
              { index: 1, delta: {} },
            ],
          },
        ],
      ],
      [
        'a tool call never got its name',
        [choice({ delta: { tool_calls: [{ index: 0, id: 'x' }] } }), finish('tool_calls')],
      ],
    ])('is a break when %s', (_what, raws) => {
      const normalizer = create();
      for (const raw of raws) normalizer.push(raw);
      expect(() => normalizer.end()).toThrow(
        expect.objectContaining({
          kind: 'stream_broken',
          provider: 'groq',
          message: 'groq ended its answer without a finish reason.',
        }),
      );
    });
  });

  describe('after the finish reason', () => {
    it.each<[string, JsonObject]>([
      ['text', { content: 'more' }],
      ['reasoning', { reasoning: 'more' }],
      ['a tool call', { tool_calls: [{ index: 0, function: { name: 'f' } }] }],
    ])('%s is a break', (_what, delta) => {
      const normalizer = create();
      normalizer.push(text('a', { finish_reason: 'stop' }));
      expect(() => normalizer.push(choice({ delta }))).toThrow(
        expect.objectContaining({ kind: 'stream_broken', message: 'groq went on after the end of its answer.' }),
      );
    });

    it.each<[string, JsonObject]>([
      ['an empty delta', {}],
      ['a role', { role: 'assistant', content: '' }],
      ['a number about a token', { token_id: 5 }],
    ])('%s is dropped', (_what, delta) => {
      expect(normalize(text('a'), finish(), choice({ delta, finish_reason: null }))).toHaveLength(2);
    });

    it('of one choice another may go on', () => {
      const chunks = normalize(
        { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] },
        { choices: [{ index: 1, delta: { content: 'b' } }] },
        { choices: [{ index: 1, delta: {}, finish_reason: 'stop' }] },
      );
      expect(choicesOf(chunks).map(({ index }) => index)).toEqual([0, 1, 0, 1]);
    });
  });

  it.each(['error', 'ERROR', 'insufficient_system_resource', 'network_error', 'MALFORMED_FUNCTION_CALL'])(
    'breaks at the finish reason %s',
    (reason) => {
      const normalizer = create();
      normalizer.push(text('a'));
      expect(() => normalizer.push(text('b', { finish_reason: reason }))).toThrow(
        expect.objectContaining({
          kind: 'stream_broken',
          message: `groq could not finish its answer (${reason.toLowerCase()}).`,
        }),
      );
    },
  );

  it.each<[string, JsonObject, string]>([
    ['an index that is infinite', { index: Infinity }, 'a choice whose index is no index'],
    ['an index below 0', { index: -1 }, 'a choice whose index is no index'],
    ['an index that is a text', { index: '1' }, 'a choice whose index is no index'],
    ['log probabilities that are a text', { logprobs: 'x' }, 'log probabilities that cannot be read'],
    ['log probabilities that hold null', { logprobs: { content: [null] } }, 'log probabilities that cannot be read'],
  ])('refuses a chunk with %s', (_what, fields, said) => {
    expect(() => normalize(text('a', fields))).toThrow(
      expect.objectContaining({ kind: 'bad_response', provider: 'groq', message: `groq sent ${said}.` }),
    );
  });
});
