import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChunkDelta,
  CompletionChoice,
  CompletionMessage,
} from '@mana-llm/openai-api';
import fc from 'fast-check';
import { toChunks, toTextPieces } from './stored-completion.js';

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

const choice = (message: Partial<CompletionMessage>, fields: Partial<CompletionChoice> = {}): CompletionChoice => ({
  index: 0,
  message: { role: 'assistant', content: null, refusal: null, ...message },
  logprobs: null,
  finish_reason: 'stop',
  ...fields,
});
const answer = (choices: CompletionChoice[], fields: Partial<ChatCompletion> = {}): ChatCompletion => ({
  id: 'chatcmpl-stored',
  object: 'chat.completion',
  created: 7,
  model: 'groq/llama-3',
  choices,
  ...fields,
});
const deltasOf = (message: Partial<CompletionMessage>): ChunkDelta[] =>
  toChunks(answer([choice(message)])).flatMap(({ choices }) => choices.map(({ delta }) => delta));
const withoutIdentity = (chunks: ChatCompletionChunk[]): object[] =>
  chunks.map(({ id: _, object: _object, created: _created, ...rest }) => rest);

describe(toChunks.name, () => {
  it('gives the words, the finish and the usage, with the model that was stored', () => {
    const chunks = toChunks(answer([choice({ content: 'Hello.' })], { usage: USAGE }));
    const model = 'groq/llama-3';
    expect(withoutIdentity(chunks)).toEqual([
      { model, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello.' }, finish_reason: null }] },
      { model, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { model, choices: [], usage: USAGE },
    ]);
  });

  it('is an answer of its own: a fresh id and the time of now, the same on every frame', () => {
    const stored = answer([choice({ content: 'Hello.' })]);
    const [one, other] = [toChunks(stored), toChunks(stored)];
    expect(one[0]?.id).toMatch(/^chatcmpl-[\da-f-]{36}$/);
    expect(one[0]?.id).not.toBe(other[0]?.id);
    expect(Math.abs((one[0]?.created ?? 0) - Date.now() / 1000)).toBeLessThan(10);
    for (const { id, created } of one) expect([id, created]).toEqual([one[0]?.id, one[0]?.created]);
  });

  it('has no usage frame where none was stored', () => {
    expect(toChunks(answer([choice({ content: 'a' })]))).toHaveLength(2);
  });

  it('gives long texts in pieces, and never half a character', () => {
    const content = `a${'😀'.repeat(1000)}`;
    const pieces = deltasOf({ content }).flatMap((delta) => delta.content ?? []);
    expect(pieces.join('')).toBe(content);
    expect(pieces.length).toBeGreaterThan(5);
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(257);
      expect(piece).not.toMatch(/\p{Surrogate}/u);
    }
  });

  it('gives reasoning under both names, before the text', () => {
    expect(deltasOf({ content: 'a', reasoning_content: 'hm', reasoning: 'hm' })).toEqual([
      { role: 'assistant', reasoning_content: 'hm', reasoning: 'hm' },
      { content: 'a' },
      {},
    ]);
  });

  it('gives tool calls by their index: who is called first, then the arguments', () => {
    const long = JSON.stringify({ text: 'x'.repeat(300) });
    expect(
      deltasOf({
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: long }, sign: 's' },
          { id: 'b', type: 'custom', custom: { name: 'sql', input: 'select 1' } },
        ],
      }),
    ).toEqual([
      {
        role: 'assistant',
        tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' }, sign: 's' }],
      },
      { tool_calls: [{ index: 0, function: { arguments: long.slice(0, 256) } }] },
      { tool_calls: [{ index: 0, function: { arguments: long.slice(256) } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'custom', custom: { name: 'sql', input: 'select 1' } }] },
      {},
    ]);
  });

  it.each<[string, Partial<CompletionMessage>, ChunkDelta[]]>([
    ['a refusal', { refusal: 'No.' }, [{ role: 'assistant', refusal: 'No.' }, {}]],
    ['nothing', {}, [{ role: 'assistant', content: null }, {}]],
    ['empty text', { content: '' }, [{ role: 'assistant', content: '' }, {}]],
    ['its own fields', { content: 'a', annotations: [1] }, [{ role: 'assistant', content: 'a', annotations: [1] }, {}]],
  ])('gives a message with %s', (_what, message, expected) => {
    expect(deltasOf(message)).toEqual(expected);
  });

  it('gives the choices one after the other, then a finish for each with its unknown fields', () => {
    const logprobs = { content: [{ token: 'a' }] };
    const chunks = toChunks(
      answer([
        choice({ content: 'a' }, { logprobs, native_finish_reason: 'eos' }),
        choice({ content: 'b' }, { index: 1, finish_reason: 'length' }),
      ]),
    );
    expect(chunks.flatMap(({ choices }) => choices)).toEqual([
      { index: 0, delta: { role: 'assistant', content: 'a' }, logprobs, finish_reason: null },
      { index: 1, delta: { role: 'assistant', content: 'b' }, finish_reason: null },
      { index: 0, delta: {}, native_finish_reason: 'eos', finish_reason: 'stop' },
      { index: 1, delta: {}, finish_reason: 'length' },
    ]);
  });

  it('gives the unknown fields of the answer once, on its first frame', () => {
    const chunks = toChunks(answer([choice({ content: 'a' })], { system_fingerprint: 'fp', service_tier: 'default' }));
    expect(chunks[0]).toMatchObject({ system_fingerprint: 'fp', service_tier: 'default' });
    expect(chunks[1]).not.toHaveProperty('system_fingerprint');
  });
});

describe(toTextPieces.name, () => {
  it('gives pieces that make the text again, none empty, none longer than 257, none cut inside a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000, size: 'max' }), (text) => {
        const pieces = toTextPieces(text);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces) {
          expect(piece.length).toBeGreaterThan(0);
          expect(piece.length).toBeLessThanOrEqual(257);
          expect(piece).not.toMatch(/\p{Surrogate}/u);
        }
      }),
    );
  });

  it('keeps half a character that is in the text', () => {
    expect(toTextPieces(`${'a'.repeat(255)}\ud83d`)).toEqual([`${'a'.repeat(255)}\ud83d`]);
  });
});
