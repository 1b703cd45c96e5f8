import { type ChatCompletionChunk, type JsonObject, parseJson } from '@mana-llm/openai-api';
import type { ServerEvent } from '@mana-llm/event-streams';
import fc from 'fast-check';
import { ChunkNormalizer } from './chunk-normalizer.js';
import { TextChunks, writeChunk, writtenLength } from './text-chunks.js';

const jsonOf = (chunk: ChatCompletionChunk): unknown => JSON.parse(writeChunk(chunk, '', '}'));

const SOURCE = { provider: 'p', model: 'm' };

const event = (content: string, fields: JsonObject = {}): string =>
  JSON.stringify({
    id: 'a',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    ...fields,
  });

/** Reads events as a stream does: what the short way does not know goes the general way. */
class Reading {
  readonly texts = new TextChunks();
  /** How many events went the short way. */
  shortCount = 0;
  private readonly normalizer = new ChunkNormalizer(SOURCE);

  push(data: string, type?: string): ChatCompletionChunk[] {
    const serverEvent = { data, ...(type === undefined ? {} : { type }) };
    const known = this.texts.read(serverEvent);
    if (known !== undefined) {
      this.shortCount += 1;
      return [known];
    }
    const chunks = this.normalizer.push(parseJson(data) as JsonObject);
    this.texts.learn(serverEvent, chunks);
    return chunks;
  }
}

/** What the general way alone makes of the same events. */
const inGeneral = (events: readonly string[]): ChatCompletionChunk[] => {
  const normalizer = new ChunkNormalizer(SOURCE);
  return events.flatMap((data) => normalizer.push(parseJson(data) as JsonObject));
};

const read = (events: readonly string[]): { reading: Reading; chunks: ChatCompletionChunk[] } => {
  const reading = new Reading();
  return { reading, chunks: events.flatMap((data) => reading.push(data)) };
};

const HELLO = ['Hel', 'lo', ' you', '!'].map((content) => event(content));

describe(TextChunks.name, () => {
  it('takes the short way once two chunks in a row differed in their text alone', () => {
    // The first chunk has the role, the second and the third prove the pattern.
    const { reading, chunks } = read([...HELLO, event(' Bye')]);
    expect(reading.shortCount).toBe(2);
    expect(chunks).toEqual(inGeneral([...HELLO, event(' Bye')]));
  });

  it.each<[string, string]>([
    ['escapes', 'a "quoted" \\ line\n\tand \u0007'],
    ['other scripts', '你好 🎈 é'],
    ['braces and what looks like a field', '{"content": "x"}'],
    ['half a surrogate pair', '\ud83c'],
  ])('gives texts with %s as the general way does', (_what, content) => {
    const events = [...HELLO, event(content), event(content)];
    const { reading, chunks } = read(events);
    expect(reading.shortCount).toBe(3);
    expect(chunks).toEqual(inGeneral(events));
    expect(chunks.map(jsonOf)).toEqual(chunks);
  });

  it('knows chunks with a blank after each colon, and texts that are escaped without need', () => {
    const spaced = (escaped: string): string =>
      `{"id": "a", "created": 1, "choices": [{"index": 0, "delta": {"content": "${escaped}"}, "finish_reason": null}]}`;
    const events = ['a', '\\u00e9', '\\/', 'b', '\\u00e9'].map(spaced);
    const { reading, chunks } = read(events);
    expect(reading.shortCount).toBe(2);
    expect(chunks).toEqual(inGeneral(events));
    expect(jsonOf(chunks[4] as ChatCompletionChunk)).toEqual(chunks[4]);
  });

  it.each<[string, string]>([
    ['another id', event('x', { id: 'b' })],
    ['usage', event('x', { usage: { prompt_tokens: 1, completion_tokens: 1 } })],
    ['a tool call', event('x').replace('"content":"x"', '"content":"x","tool_calls":[]')],
    ['no text', event('')],
    ['a text that ends early', event('x').replace('"x"', '"x","content":"y"')],
    ['log probabilities', event('x').replace('"finish_reason"', '"logprobs":{"content":[]},"finish_reason"')],
    ['a field of its own', event('x', { service_tier: 'flex' })],
  ])('goes the general way for a chunk with %s', (_what, data) => {
    const { reading } = read(HELLO);
    const before = reading.shortCount;
    reading.push(data);
    expect(reading.shortCount).toBe(before);
    // What comes after it may mean something else: it proves itself anew.
    reading.push(event('y'));
    expect(reading.shortCount).toBe(before);
  });

  it('goes the general way for events with a name', () => {
    const { reading } = read(HELLO);
    reading.push(event('x'), 'message');
    expect(reading.shortCount).toBe(1);
  });

  it('throws for content after the end, as the general way does', () => {
    const { reading } = read([...HELLO, event('x').replace('"finish_reason":null', '"finish_reason":"stop"')]);
    expect(() => reading.push(event('more'))).toThrow('went on after the end');
  });

  it('carries a field of a chunk that was not sent once, and no further', () => {
    const events = [event('', { system_fingerprint: 'f' }), ...HELLO, ...HELLO];
    expect(read(events).chunks).toEqual(inGeneral(events));
  });

  describe('for an event that stands for several', () => {
    const several = (reading: Reading, texts: string[]): ServerEvent => {
      const around = reading.texts.expected;
      if (around === undefined) throw new Error('nothing is expected');
      return { data: around.before + texts[0] + around.after, alike: { around, texts } };
    };

    it('gives one chunk with all texts, and writes those that it stands for', () => {
      const { reading } = read(HELLO);
      const texts = ['a', ' \\n', ' \\ud83c', '\\udf88'];
      const chunk = reading.texts.read(several(reading, texts)) as ChatCompletionChunk;
      expect(chunk.choices[0]?.delta).toEqual({ content: 'a \n 🎈' });
      const each = inGeneral([...HELLO, ...texts.map((text) => event('x').replace('"x"', `"${text}"`))]).slice(-4);
      const written = writeChunk(chunk, 'data: ', '}\n\n');
      expect(written.match(/(?<=^data: ).*$/gm)?.map((json) => JSON.parse(json) as unknown)).toEqual(each);
      expect(writtenLength(chunk)).toBe(written.length - 4 * 'data: \n\n'.length);
    });

    it.each<[string, string[]]>([
      ['no text', ['a', '']],
      ['a text that ends early', ['a', 'x","content":"y']],
      ['half an escape', ['a\\', 'n']],
    ])('gives none where one has %s', (_what, texts) => {
      const { reading } = read(HELLO);
      expect(reading.texts.read(several(reading, texts))).toBeUndefined();
    });

    it('gives none where the chunks say more than their texts: lists of two chunks are two lists', () => {
      const { reading } = read(['a', 'b', 'c', 'd'].map((text) => event(text, { service_tier: ['flex'] })));
      expect(reading.shortCount).toBe(1);
      expect(reading.texts.read(several(reading, ['x', 'y']))).toBeUndefined();
      expect(reading.texts.read(several(reading, ['x']))).toMatchObject({ service_tier: ['flex'] });
    });
  });

  it('stops comparing where every chunk has another time', () => {
    const { reading } = read(Array.from({ length: 40 }, (_, n) => event(`w${n}`, { padding: `p${n}` })));
    expect(reading.shortCount).toBe(0);
    for (const data of HELLO) reading.push(data);
    expect(reading.shortCount).toBe(0);
  });

  it('makes of any stream what the general way makes of it', () => {
    const field = fc.record({ system_fingerprint: fc.constantFrom('f', 'g') }, { requiredKeys: [] });
    const chunk = fc.oneof(
      { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map((text) => event(text)) },
      fc.tuple(fc.string({ maxLength: 4 }), field).map(([text, fields]) => event(text, fields)),
      fc.constantFrom(
        JSON.stringify({ choices: [] }),
        JSON.stringify({ choices: [{ index: 1, delta: { content: 'other' } }] }),
        JSON.stringify({ choices: [{ delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f' } }] } }] }),
        JSON.stringify({ choices: [{ delta: { reasoning_content: 'hm', content: 'x' } }] }),
      ),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 20 }), (events) => {
        const withoutId = (chunks: ChatCompletionChunk[]): unknown[] =>
          chunks.map(({ id: _id, created: _created, ...rest }) => rest);
        const { chunks } = read(events);
        expect(withoutId(chunks)).toEqual(withoutId(inGeneral(events)));
        for (const one of chunks) expect(jsonOf(one)).toEqual(JSON.parse(JSON.stringify(one)));
      }),
      { numRuns: 300 },
    );
  });
});
