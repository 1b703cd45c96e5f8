import { PassThrough, Readable } from 'node:stream';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { createNdjsonDecoder, createSseOrJsonDecoder } from '@mana-llm/event-streams';
import { bodyOf } from '../transport/answer-body.js';
import { UpstreamCall } from '../transport/upstream-call.js';
import { DEFAULT_ANSWER_LIMITS } from '../provider-settings.js';
import { openAiChunk } from '../testing/openai-chunk.js';
import { openAiStream } from '../testing/openai-stream.js';
import { DONE, sse } from '../testing/sse.js';
import { ChunkNormalizer } from './chunk-normalizer.js';
import { type ChunkFormat, readChunks } from './read-chunks.js';

const PLAIN = openAiStream(['o', 'k']);
const [ROLE = '', FIRST = '', ...REST] = PLAIN.split(/(?<=\n\n)/);

const openAiFormat = (): ChunkFormat => ({
  createDecoder: createSseOrJsonDecoder,
  normalizer: new ChunkNormalizer({ provider: 'p', model: 'm' }),
  read: (raw, isWhole) => ({ raw: isWhole ? { choices: [{ delta: { content: 'whole' } }] } : raw }),
});

interface Reading {
  chunks: ChatCompletionChunk[];
  error?: unknown;
}

function read(text: string, format = openAiFormat()): Promise<Reading> {
  return readBody(Readable.from([Buffer.from(text)], { objectMode: false }), format);
}

function readBody(body: Readable, format = openAiFormat()): Promise<Reading> {
  const timeouts = { connectMs: 1_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
  const context = { signal: new AbortController().signal, requestId: 'r' };
  const call = new UpstreamCall({ provider: 'p', timeouts, context, form: 'stream' });
  return new Promise((resolve) => {
    const chunks: ChatCompletionChunk[] = [];
    readChunks(
      { provider: 'p', body: bodyOf(body), call, limits: DEFAULT_ANSWER_LIMITS, toError: (error) => error },
      format,
    ).subscribe({
      next: (chunk) => chunks.push(chunk),
      error: (error: unknown) => resolve({ chunks, error }),
      complete: () => resolve({ chunks }),
    });
  });
}

describe(readChunks.name, () => {
  it.each([
    ['empty data', 'data:\n\n'],
    ['blank data', 'data:  \n\n'],
    ['empty data under a name', 'event: x\ndata:\n\n'],
    ['a ping', 'event: ping\ndata: {"type": "ping"}\n\n'],
    ['a ping that says more', 'event: ping\ndata: {"type":"ping","id":"x","created":1,"cost":"0"}\n\n'],
    ['a ping without JSON', 'event: ping\ndata: 2026-11-27T10:00:00Z\n\n'],
    ['a ping without a name', 'data: {"type":"ping"}\n\n'],
    ['a ping with no choices', 'data: {"type":"ping","choices":[]}\n\n'],
    ['a keep-alive', 'event: keepalive\ndata: ok\n\n'],
    ['an event about nothing known', 'event: status\ndata: {"queue":3}\n\n'],
    ['an empty error', 'data: {"error":"","choices":[]}\n\n'],
  ])('leaves no trace of %s', async (_what, event) => {
    const plain = await read(PLAIN);
    expect(plain.chunks).toHaveLength(4);
    expect(await read(event + PLAIN)).toEqual(plain);
    expect(await read(ROLE + FIRST + event + REST.join(''))).toEqual(plain);
  });

  it.each(['message', 'chunk'])('reads chunks under the name of %s', async (name) => {
    expect(await read(PLAIN.replaceAll('data: {', `event: ${name}\ndata: {`))).toEqual(await read(PLAIN));
  });

  it('keeps fields that it does not know of an event without a name', async () => {
    const { chunks } = await read(sse({ provider: 'x' }) + PLAIN);
    expect(chunks[0]).toMatchObject({ provider: 'x' });
  });

  it('leaves no trace of a ping between lines', async () => {
    const lines = [openAiChunk({ delta: { content: 'a' } }), { type: 'ping' }, openAiChunk({ finish_reason: 'stop' })];
    const text = [...lines.map((line) => JSON.stringify(line)), DONE].join('\n');
    const { chunks, error } = await read(text, { ...openAiFormat(), createDecoder: createNdjsonDecoder });
    expect(error).toBeUndefined();
    expect(chunks.every((chunk) => !('type' in chunk))).toBe(true);
  });

  it.each([
    ['an error', sse({ error: { message: 'No.' } }), { kind: 'refused', callerMessage: 'No.' }],
    ['an error under its name', 'event: error\ndata: {"message":"No."}\n\n', { kind: 'refused', callerMessage: 'No.' }],
    [
      'an error under its name with an empty field',
      'event: error\ndata: {"error":"","message":"No."}\n\n',
      { kind: 'refused', callerMessage: 'No.' },
    ],
    ['an error under another name', 'event: x\ndata: {"error":"No."}\n\n', { kind: 'refused', callerMessage: 'No.' }],
    ['an error in a choice', sse({ choices: [{ error: 'No.' }] }), { kind: 'refused', callerMessage: 'No.' }],
    ['half a chunk', 'data: {"cho\n\n', { kind: 'bad_response', message: 'p sent an event that cannot be read.' }],
    ['half a chunk under a name', 'event: chunk\ndata: {"cho\n\n', { kind: 'bad_response' }],
    ['no object', sse('7'), { kind: 'bad_response', message: 'p sent an event that is no object.' }],
  ])('fails at %s', async (_what, event, expected) => {
    const { chunks, error } = await read(ROLE + FIRST + event + REST.join(''));
    expect(error).toMatchObject(expected);
    expect(chunks).toHaveLength(1);
  });

  it.each([
    [
      'an error as JSON',
      '{"error":{"message":"No.","code":503}}',
      { kind: 'refused', status: 503, callerMessage: 'No.' },
    ],
    ['a web page', '<html>', { kind: 'bad_response', message: 'p did not answer with a stream.' }],
    ['a list', '[]', { kind: 'bad_response', message: 'p did not answer with a stream.' }],
    ['nothing', '', { kind: 'stream_broken' }],
  ])('fails at %s in place of a stream', async (_what, text, expected) => {
    expect(await read(text)).toMatchObject({ chunks: [], error: expected });
  });

  it('tells what is no stream but a whole answer', async () => {
    const { chunks } = await read('{"choices":[{"message":{"content":"a"}}]}');
    expect(chunks).toMatchObject([{ choices: [{ delta: { content: 'whole' } }] }]);
  });

  describe('where our own code throws', () => {
    const mistake = new TypeError('a mistake');
    const throws = (): never => {
      throw mistake;
    };

    beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));

    afterEach(() => {
      jest.restoreAllMocks();
      jest.useRealTimers();
    });

    it.each<[string, () => unknown, number]>([
      ['in a chunk', () => jest.spyOn(ChunkNormalizer.prototype, 'push').mockImplementation(throws), 0],
      ['in the end', () => jest.spyOn(ChunkNormalizer.prototype, 'end').mockImplementation(throws), 2],
      [
        'in the completion of the call',
        () => jest.spyOn(UpstreamCall.prototype, 'complete').mockImplementation(throws),
        4,
      ],
    ])('fails once, stops the upstream and leaves no clock: %s', async (_where, makeMistake, count) => {
      makeMistake();
      const body = new PassThrough();
      body.write(PLAIN);
      const { chunks, error } = await readBody(body);
      expect(error).toBe(mistake);
      expect(chunks).toHaveLength(count);
      expect(body.destroyed).toBe(true);
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
