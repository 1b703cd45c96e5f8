import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import {
  FAKE_OLLAMA_DONE,
  type Latch,
  latch,
  json,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  type Reply,
  sse,
  stream,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { contentOf, readStream } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';
import { expectBrokenStream } from './support/expect-broken-stream.js';

const CHAT = '/v1/chat/completions';
const coded = (coding: string, bytes: Buffer, status = 200): Reply =>
  stream('application/json', [bytes], { status, headers: { 'content-encoding': coding } });
const asJson = (body: object): string => JSON.stringify(body);

/** Writes each text when its latch opens, and flushes it as servers do that compress streams. */
const gzipStream =
  (contentType: string, pieces: [Latch, string][], isWhole = true): Reply =>
  async ({ response }) => {
    const gzip = createGzip();
    response.writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' });
    gzip.pipe(response, { end: isWhole });
    for (const [held, text] of pieces) {
      await held.opened;
      gzip.write(text);
      await new Promise<void>((flushed) => gzip.flush(() => flushed()));
    }
    if (isWhole) gzip.end();
    else response.end();
  };

describe('an upstream that compresses unasked', () => {
  const scene = useScene({ yaml: 'limits: { answerMb: 8 }' });

  it.each<[string, (text: string) => Buffer]>([
    ['gzip', (text) => gzipSync(text)],
    ['deflate', (text) => deflateSync(text)],
    ['br', (text) => brotliCompressSync(text)],
  ])('by %s is read', async (coding, compress) => {
    scene.upstream.on(
      'POST',
      CHAT,
      coded(coding, compress(asJson(openAiCompletion({ message: { content: 'Grüße' } })))),
    );
    const response = await scene.chat({ model: 'openai/m' });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Grüße' } }] });

    scene.upstream.on('POST', CHAT, coded(coding, compress(openAiStream(['Gr', 'üße']))));
    const answer = await readStream(await scene.chat({ model: 'openai/m', stream: true }));
    expect(contentOf(answer)).toBe('Grüße');
    expect(answer.isDone).toBe(true);

    scene.upstream.on('POST', '/v1/embeddings', coded(coding, compress(asJson(openAiEmbeddings([1, 2])))));
    const list = await scene.post('/v1/embeddings', { model: 'openai/m', input: 'x' });
    expect(await list.json()).toMatchObject({ data: [{ embedding: [1, 2] }] });

    scene.upstream.on('POST', CHAT, coded(coding, compress(asJson(openAiError('Slow down.'))), 429));
    await expectError(await scene.chat({ model: 'openai/m' }), 429, { message: 'Slow down.' });
  });

  it.each<[string, string, string, (word: string) => string, string]>([
    [
      'an OpenAI-compatible one',
      'openai/m',
      CHAT,
      (content) => sse(openAiChunk({ delta: { content } })),
      sse(openAiChunk({ finish_reason: 'stop' }), '[DONE]'),
    ],
    ['Ollama', 'ollama/m', '/api/chat', (content) => ollamaLine({ content }), ollamaLine(FAKE_OLLAMA_DONE)],
  ])('is heard word by word: %s', async (_who, model, path, wordOf, end) => {
    const latches = [latch(), latch(), latch()] as const;
    const pieces: [Latch, string][] = [
      [latches[0], wordOf('Hel')],
      [latches[1], wordOf('lo')],
      [latches[2], end],
    ];
    scene.upstream.on('POST', path, gzipStream('text/plain', pieces));
    latches[0].open();
    const reader = new StreamReader(await scene.chat({ model, stream: true }));
    await reader.readUntil('Hel');
    latches[1].open();
    await reader.readUntil('lo');
    latches[2].open();
    const answer = await reader.rest();
    expect(contentOf(answer)).toBe('Hello');
    expect(answer.isDone).toBe(true);
  });

  it('has broken its stream where the compressed bytes end too early', async () => {
    const opened = latch();
    const cut = latch();
    opened.open();
    const pieces: [Latch, string][] = [
      [opened, sse(openAiChunk({ delta: { content: 'Hel' } }))],
      [cut, ''],
    ];
    scene.upstream.on('POST', CHAT, gzipStream('text/event-stream', pieces, false));
    const reader = new StreamReader(await scene.chat({ model: 'openai/m', stream: true }));
    await reader.readUntil('Hel');
    cut.open();
    expect(expectBrokenStream(await reader.rest(), 'Hel')?.code).toBe('stream_broken');
  });

  it.each<[string, Reply, string]>([
    ['ends too early', coded('gzip', gzipSync(asJson(openAiCompletion())).subarray(0, -6)), 'stream_broken'],
    ['is not compressed', coded('gzip', Buffer.from(asJson(openAiCompletion()))), 'bad_response'],
    ['is compressed in an unknown way', coded('zstd', gzipSync(asJson(openAiCompletion()))), 'bad_response'],
  ])('is an error where the answer %s', async (_what, reply, code) => {
    scene.upstream.on('POST', CHAT, reply);
    await expectError(await scene.chat({ model: 'openai/m' }), 502, { code });
    await expectError(await scene.chat({ model: 'openai/m', stream: true }), 502, { code });
  });

  it('is an error where a stream inflates to an event over 8 MiB', async () => {
    scene.upstream.on(
      'POST',
      CHAT,
      coded('gzip', gzipSync(sse(openAiChunk({ delta: { content: 'x'.repeat(9 * 1024 * 1024) } })))),
    );
    await expectError(await scene.chat({ model: 'openai/m', stream: true }), 502, { code: 'bad_response' });
  });

  it('is listed with its models', async () => {
    const models = asJson({ object: 'list', data: [{ id: 'compressed', object: 'model', created: 1, owned_by: 'x' }] });
    scene.upstream.on('GET', '/v1/models', coded('gzip', gzipSync(models)), json(200, {}));
    expect(await (await scene.get('/v1/models')).text()).toContain('openai/compressed');
  });
});
