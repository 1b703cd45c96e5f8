import type { ChatCompletionRequest } from '@mana-llm/openai-api';
import fc from 'fast-check';
import { chatCacheKey, type EmbeddingItem, embeddingCacheKeys } from './cache-key.js';

const MESSAGES = [{ role: 'user' as const, content: 'Hi.' }];
const ROUTE = ['ollama/a', 'groq/b'];

const chatKey = (fields: object, { route = ROUTE, scope }: { route?: string[]; scope?: string } = {}): string =>
  chatCacheKey({ request: { messages: MESSAGES, ...fields }, route, scope });
const embeddingKey = (fields: object, input: EmbeddingItem = 'a', route = ROUTE, scope?: string): string =>
  embeddingCacheKeys({ request: { input: 'other', ...fields }, route, scope }, [input])[0] ?? '';

/** Names in another order at every depth, and a field that is undefined in every object. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, field]) => ({ name, field: shuffled(field, random), rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ name, field }): [string, unknown] => [name, field]);
  return Object.fromEntries([['never sent', undefined], ...entries]);
}

interface Place {
  path: (string | number)[];
  value: unknown;
}

function placesOf(value: unknown, path: (string | number)[] = []): Place[] {
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => placesOf(item, [...path, index]))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, field]) => placesOf(field, [...path, name]))
      : [];
  return [{ path, value }, ...inner];
}

function withValueAt(value: unknown, [step, ...rest]: (string | number)[], changed: unknown): unknown {
  if (step === undefined) return changed;
  if (Array.isArray(value))
    return value.map((item: unknown, index): unknown => (index === step ? withValueAt(item, rest, changed) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, field]) => [
      name,
      name === step ? withValueAt(field, rest, changed) : field,
    ]),
  );
}

const text = fc.string({ unit: 'binary' });
const image = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record({ url: image.map((base64) => `data:image/png;base64,${base64}`) }),
  }),
);
const message = fc.record({
  role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const),
  content: fc.oneof(text, fc.array(part, { minLength: 1, maxLength: 3 })),
});
const request: fc.Arbitrary<ChatCompletionRequest> = fc
  .tuple(
    fc.record(
      {
        messages: fc.array(message, { minLength: 1, maxLength: 5 }),
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        seed: fc.integer(),
        tools: fc.array(
          fc.record({ type: fc.constant('function'), function: fc.record({ name: text, parameters: fc.object() }) }),
          { maxLength: 2 },
        ),
        user: text,
      },
      { requiredKeys: ['messages'] },
    ),
    fc.dictionary(
      text.map((name) => `x-${name}`),
      fc.jsonValue({ stringUnit: 'binary' }),
      { maxKeys: 3 },
    ),
  )
  .map(([known, unknown]) => ({ ...unknown, ...known }));

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe(chatCacheKey.name, () => {
  it('has the prefix, the kind and 64 hexadecimal digits', () => {
    expect(chatKey({})).toMatch(/^mana-llm:v1:chat:[0-9a-f]{64}$/);
  });

  it('is the same with names in any order, undefined fields, streamed or not, and under any name of the route', () => {
    fc.assert(
      fc.property(request, fc.integer(), fc.boolean(), (asked, seed, stream) => {
        const random = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: 50, seed });
        let position = 0;
        const other = shuffled(copy(asked), () => random[position++ % random.length] ?? 0) as ChatCompletionRequest;
        const form = { stream, stream_options: { include_usage: stream }, model: 'an/alias', models: ['x'] };
        expect(chatKey({ ...other, ...form })).toBe(chatKey(copy(asked)));
      }),
    );
  });

  it('is another one after a change of any value', () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.jsonValue({ stringUnit: 'binary' }), (asked, choice, value) => {
        const base = copy(asked);
        const places = placesOf(base).filter(({ path }) => path.length > 0);
        const place = places[choice % places.length];
        fc.pre(place !== undefined && JSON.stringify(place.value) !== JSON.stringify(value));
        const changed = withValueAt(base, place?.path ?? [], copy(value));
        fc.pre(canonical(changed) !== canonical(base));
        expect(chatKey(changed as object)).not.toBe(chatKey(base));
      }),
    );
  });

  it('is another one after one more unknown field', () => {
    fc.assert(
      fc.property(request, text, fc.jsonValue(), (asked, name, value) => {
        const field = `y-${name}`;
        expect(chatKey({ ...asked, [field]: value })).not.toBe(chatKey(asked));
      }),
    );
  });

  it('is another one when a byte of an image changes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, choice, flip) => {
          const changed = Uint8Array.from(bytes);
          const position = choice % bytes.length;
          changed[position] = (changed[position] ?? 0) ^ flip;
          const keyOf = (data: Uint8Array): string => {
            const url = `data:image/png;base64,${Buffer.from(data).toString('base64')}`;
            return chatKey({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
          };
          expect(keyOf(changed)).not.toBe(keyOf(bytes));
        },
      ),
    );
  });

  it('is another one when two different messages change places', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 2, maxLength: 5 }), (messages) => {
        const [first, second, ...rest] = messages;
        fc.pre(canonical(first) !== canonical(second));
        expect(chatKey({ messages: [second, first, ...rest] })).not.toBe(chatKey({ messages }));
      }),
    );
  });

  it('is another one for another route or scope', () => {
    const keys = [
      chatKey({}),
      chatKey({}, { route: ['ollama/a'] }),
      chatKey({}, { route: ['groq/b', 'ollama/a'] }),
      chatKey({}, { route: ['ollama/a,groq/b'] }),
      chatKey({}, { scope: 'a' }),
      chatKey({}, { scope: '' }),
      chatKey({ scope: 'a' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  const TOOLS = [{ type: 'function', function: { name: 'f' } }];
  it.each<[object, object]>([
    [{ n: 1 }, {}],
    [{ logprobs: false }, {}],
    [{ store: false }, {}],
    [{ response_format: { type: 'text' } }, {}],
    [{ response_format: { type: 'text', json_schema: undefined } }, {}],
    [{ tool_choice: 'none' }, {}],
    [{ tools: TOOLS, tool_choice: 'auto' }, { tools: TOOLS }],
    [{ temperature: null, stop: null, seed: null, response_format: null, tools: null, n: null }, {}],
  ])('is for %j as for %j', (one, other) => {
    expect(chatKey(one)).toBe(chatKey(other));
  });

  it.each<[object]>([
    [{ temperature: 1 }],
    [{ top_p: 1 }],
    [{ frequency_penalty: 0 }],
    [{ presence_penalty: 0 }],
    [{ parallel_tool_calls: true }],
    [{ service_tier: 'auto' }],
    [{ modalities: ['text'] }],
    [{ reasoning_effort: 'medium' }],
    [{ n: 2 }],
    [{ logprobs: true }],
    [{ store: true }],
    [{ tool_choice: 'auto' }],
    [{ tool_choice: null }],
    [{ response_format: { type: 'json_object' } }],
    [{ response_format: { type: 'text', more: 1 } }],
    [{ user: 'u' }],
    [{ metadata: { a: 'b' } }],
    [{ unknown: null }],
    [JSON.parse('{"__proto__": {"n": 1}}') as object],
  ])('is not for %j as for nothing', (fields) => {
    expect(chatKey(fields)).not.toBe(chatKey({}));
  });
});

describe(embeddingCacheKeys.name, () => {
  it('is of one item, whatever else is asked for and in which form', () => {
    const key = embeddingKey({});
    expect(key).toMatch(/^mana-llm:v1:embedding:[0-9a-f]{64}$/);
    const others = [
      embeddingKey({ input: ['a', 'b'] }),
      embeddingKey({ encoding_format: 'base64', model: 'x' }),
      embeddingKey({ dimensions: null }),
    ];
    expect(new Set([key, ...others]).size).toBe(1);
  });

  it('is another one for another item, field, route or scope', () => {
    const keys = [
      embeddingKey({}),
      embeddingKey({}, 'b'),
      embeddingKey({}, ''),
      embeddingKey({}, '[1,2]'),
      embeddingKey({}, [1, 2]),
      embeddingKey({}, [2, 1]),
      embeddingKey({}, [12]),
      embeddingKey({ dimensions: 256 }),
      embeddingKey({ user: 'u' }),
      embeddingKey({ input_type: 'query' }),
      embeddingKey({}, 'a', ['ollama/a']),
      embeddingKey({}, 'a', ROUTE, 's'),
      chatKey({}),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

/** Written here once more, by recursion, to tell which random values are equal. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join()}}`;
}
