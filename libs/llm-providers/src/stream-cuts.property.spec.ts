import { Readable } from 'node:stream';
import type { ChatCompletionChunk, ChunkDelta } from '@mana-llm/openai-api';
import fc from 'fast-check';
import { createNdjsonDecoder, createSseDecoder } from '@mana-llm/event-streams';
import { bodyOf } from './transport/answer-body.js';
import { UpstreamCall } from './transport/upstream-call.js';
import { createOllamaChunkMapper } from './ollama/response/from-ollama-stream.js';
import { FAKE_OLLAMA_DONE, ollamaLine } from './testing/ollama-answer.js';
import { openAiChunk, openAiUsageChunk } from './testing/openai-chunk.js';
import { DEFAULT_ANSWER_LIMITS } from './provider-settings.js';
import { sse } from './testing/sse.js';
import { ChunkNormalizer } from './stream/chunk-normalizer.js';
import { type ChunkFormat, readChunks } from './stream/read-chunks.js';

interface Reading {
  chunks: ChatCompletionChunk[];
  /** `complete`, or the kind of the error and its message. */
  end: string;
}

const SOURCE = { provider: 'p', model: 'm' };
const openAiFormat = (): ChunkFormat => ({
  createDecoder: createSseDecoder,
  normalizer: new ChunkNormalizer(SOURCE),
  read: (raw) => ({ raw }),
});
const ollamaFormat = (): ChunkFormat => {
  const toChunk = createOllamaChunkMapper({ isJson: false, hasOneCallAtMost: false });
  return {
    createDecoder: createNdjsonDecoder,
    normalizer: new ChunkNormalizer(SOURCE),
    read: (line) => ({ raw: { ...toChunk(line), id: 'chatcmpl-fake' }, isEnd: line['done'] === true }),
  };
};

function read(pieces: Uint8Array[], format: ChunkFormat): Promise<Reading> {
  const timeouts = { connectMs: 1000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
  const context = { signal: new AbortController().signal, requestId: 'r' };
  const call = new UpstreamCall({ provider: 'p', timeouts, context, form: 'stream' });
  // Empty pieces are no data events of a stream of bytes.
  const body = Readable.from(
    pieces.filter(({ length }) => length > 0),
    { objectMode: false },
  );
  return new Promise((resolve) => {
    const chunks: ChatCompletionChunk[] = [];
    readChunks(
      { provider: 'p', body: bodyOf(body), call, limits: DEFAULT_ANSWER_LIMITS, toError: (error) => error },
      format,
    ).subscribe({
      next: (chunk) => chunks.push(chunk),
      error: (error: Error & { kind?: string }) => resolve({ chunks, end: `${error.kind}: ${error.message}` }),
      complete: () => resolve({ chunks, end: 'complete' }),
    });
  });
}

function cut(bytes: Buffer, parts: number[]): Uint8Array[] {
  const offsets = parts.map((part) => Math.floor(part * bytes.length)).sort((one, other) => one - other);
  return [0, ...offsets].map((from, position) => bytes.subarray(from, offsets[position] ?? bytes.length));
}

const words = fc.constantFrom('Hello', ' wörld', '€', '😀', '\n\n', 'data: x', '\u2028', '"', '');
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

const delta: fc.Arbitrary<ChunkDelta> = fc.oneof(
  words.map((content) => ({ content })),
  words.map((reasoning_content) => ({ reasoning_content })),
  fc.constant({ role: 'assistant' as const }),
  words.map((text) => ({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: text } }] })),
);

/** Things that no upstream should send, each of which ends the stream. */
const openAiFault = fc.constantFrom<string | Buffer>(
  sse('{"oops'),
  sse('[DONE]'),
  sse({ error: { message: 'The engine stopped.' } }),
  'data: {"choices":[{"delta":{"content":"oo',
  Buffer.from('data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n', 'latin1'),
  sse(openAiChunk({ finish_reason: 'error' })),
);

const openAiBytes = fc
  .record({
    deltas: fc.array(delta, { maxLength: 12 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    comment: fc.constantFrom('', ': ping\n\n'),
    fault: fc.option(openAiFault, { nil: undefined }),
  })
  .map(({ deltas, lineEnd, comment, fault }) => {
    const events = [
      ...deltas.map((one) => openAiChunk({ delta: one })),
      openAiChunk({ finish_reason: 'stop' }),
      openAiUsageChunk(),
      '[DONE]',
    ];
    const text = events.map((event) => comment + sse(event)).join('');
    const start = sse(...deltas.map((one) => openAiChunk({ delta: one })));
    if (fault === undefined) return Buffer.from(text.replaceAll('\n', lineEnd));
    return Buffer.concat([
      Buffer.from(start),
      Buffer.from(fault),
      Buffer.from(sse(openAiChunk({ delta: { content: 'late' } }))),
    ]);
  });

const ollamaFault = fc.constantFrom<string | Buffer>(
  '{"oops\n',
  '{"error":"The engine stopped."}\n',
  '{"message":{"content":"oo',
  Buffer.from('{"message":{"content":"\xff"}}\n', 'latin1'),
);

const ollamaBytes = fc
  .record({
    pieces: fc.array(
      fc.oneof(
        words.map((content) => ({ content })),
        words.map((thinking) => ({ thinking })),
      ),
      { maxLength: 12 },
    ),
    fault: fc.option(ollamaFault, { nil: undefined }),
  })
  .map(({ pieces, fault }) => {
    const start = pieces.map((piece) => ollamaLine(piece)).join('');
    return Buffer.concat([Buffer.from(start), Buffer.from(fault ?? ollamaLine(FAKE_OLLAMA_DONE))]);
  });

describe(readChunks.name, () => {
  it.each([
    ['OpenAI-compatible', openAiBytes, openAiFormat],
    ['Ollama', ollamaBytes, ollamaFormat],
  ])(
    'gives the same chunks and the same end for every cut of every stream, broken ones too: %s',
    async (_what, streams, format) => {
      await fc.assert(
        fc.asyncProperty(streams, cuts, async (bytes, parts) => {
          expect(await read(cut(bytes, parts), format())).toEqual(await read([bytes], format()));
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each([
    ['OpenAI-compatible', openAiBytes, openAiFormat],
    ['Ollama', ollamaBytes, ollamaFormat],
  ])('never says that a part of a stream is whole: %s', async (_what, streams, format) => {
    await fc.assert(
      fc.asyncProperty(streams, fc.double({ min: 0, max: 1, noNaN: true }), async (bytes, part) => {
        const text = bytes.toString();
        const marker = format === openAiFormat ? 'data: [DONE]' : '"done":true';
        const kept = bytes.subarray(0, Math.floor(part * bytes.length));
        const { end, chunks } = await read([kept], format());
        const isWhole = end === 'complete';
        if (!text.includes(marker) || kept.indexOf(marker) === -1) expect(isWhole).toBe(false);
        const finishes = chunks.filter(({ choices }) => choices.some(({ finish_reason }) => finish_reason !== null));
        expect(finishes).toHaveLength(isWhole ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });
});
