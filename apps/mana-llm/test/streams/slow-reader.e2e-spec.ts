import { json, ollamaLine, openAiChunk, openAiCompletion, sse } from '@mana-llm/llm-providers/testing';
import { useScene } from '../support/scene.js';
import { metricValue, parseMetrics } from '../support/metric-samples.js';
import { countedStream } from './support/counted-stream.js';
import { SlowClient } from './support/slow-client.js';

const CHAT = '/v1/chat/completions';
const MIB = 1024 * 1024;

/** What the kernel may hold of one way through the gateway: two connections, each with a send and a receive buffer. */
const KERNEL_BYTES = 24 * MIB;

const SSE_PIECE = sse(openAiChunk({ delta: { content: 'x'.repeat(1000) } }));
const LARGE_PIECE = sse(openAiChunk({ delta: { content: 'x'.repeat(50_000) } }));
const LINE = ollamaLine({ content: 'x'.repeat(1000) });
const FINISHED = sse(openAiChunk({ finish_reason: 'stop' }), '[DONE]');

describe('a client that reads slowly', () => {
  const scene = useScene({ yaml: 'limits: { stalledClientMs: 60000 }' });

  const answerOthers = async (): Promise<void> => {
    for (let count = 0; count < 20; count += 1) {
      const response = await scene.chat({ model: 'together/m' });
      expect(response.status).toBe(200);
      await response.text();
    }
  };

  it.each([
    ['openai/m', CHAT, countedStream('text/event-stream', SSE_PIECE)],
    ['ollama/m', '/api/chat', countedStream('application/x-ndjson', LINE)],
  ])('pauses the endless upstream of %s, and others are served meanwhile', async (model, path, stream) => {
    scene.upstream.on('POST', path, stream.reply);
    scene.upstream.on('POST', '/together/v1/chat/completions', json(200, openAiCompletion()));
    const client = new SlowClient(scene.gateway.url).chat({ model, stream: true });
    const { gone } = await scene.upstream.request(path);
    let before = -1;
    // The upstream is paused once it sent nothing in the time in which others got twenty answers.
    while (stream.sentBytes === 0 || stream.sentBytes > before) {
      before = stream.sentBytes;
      expect(before).toBeLessThan(KERNEL_BYTES);
      await answerOthers();
    }
    expect(await client.readUntil('x'.repeat(1000), 0)).toBe(true);
    while (stream.sentBytes === before) expect(await client.readUntil('x'.repeat(1000), 0)).toBe(true);
    client.leave();
    await gone;
  });

  it('is never dropped while it reads: a burst of tiny events arrives whole', async () => {
    // Each event is five times as long on its way out as it was on its way in: this fills queues faster than it looks.
    const tiny = sse({ choices: [{ delta: { content: 'a' } }] });
    const stream = countedStream('text/event-stream', tiny.repeat(100), { count: 300, end: FINISHED });
    scene.upstream.on('POST', CHAT, stream.reply);
    const client = new SlowClient(scene.gateway.url).chat({ model: `openai/${'m'.repeat(80)}`, stream: true });
    expect(await client.readUntil('data: [DONE]', 5)).toBe(true);
    expect(client.text.split('"content":"a"')).toHaveLength(30_001);
    client.leave();
  });
});

describe('a client that stops reading', () => {
  const scene = useScene({ yaml: 'limits: { stalledClientMs: 150 }' });

  const sample = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> =>
    metricValue(parseMetrics(await (await scene.get('/metrics')).text()), name, labels);

  const left = async (): Promise<number> => (await sample('mana_llm_streams_total', { end: 'client_closed' })) ?? 0;

  it('is cut after limits.stalledClientMs, and its upstream with it', async () => {
    const before = await left();
    scene.upstream.on('POST', CHAT, countedStream('text/event-stream', SSE_PIECE).reply);
    new SlowClient(scene.gateway.url).chat({ model: 'openai/endless', stream: true });
    await (
      await scene.upstream.request(CHAT)
    ).gone;
    expect(await left()).toBe(before + 1);
    expect(await sample('mana_llm_llm_errors_total', { model: 'endless' })).toBeUndefined();
  });

  it.each([
    [
      'the rest of a finished stream',
      true,
      countedStream('text/event-stream', LARGE_PIECE, { count: 500, end: FINISHED }).reply,
    ],
    ['a buffered answer', false, json(200, openAiCompletion({ message: { content: 'x'.repeat(24 * MIB) } }))],
  ])('is cut with %s still to take', async (_what, stream, reply) => {
    scene.upstream.on('POST', CHAT, reply);
    const client = new SlowClient(scene.gateway.url).chat({ model: 'openai/long', stream });
    await scene.upstream.request(CHAT);
    // The request for the metrics is one itself.
    while ((await sample('mana_llm_requests_in_flight')) !== 1);
    expect(await client.readUntil('data: [DONE]', 0)).toBe(false);
    expect(client.text.length).toBeLessThan(24 * MIB);
  });

  it('is not one whose stream is quiet', async () => {
    const held: { open: () => void } = { open: () => undefined };
    const opened = new Promise<void>((resolve) => (held.open = resolve));
    scene.upstream.on('POST', CHAT, async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(openAiChunk({ delta: { content: 'Hel' } })));
      await opened;
      response.end(FINISHED);
    });
    scene.upstream.on('POST', '/together/v1/chat/completions', countedStream('text/event-stream', SSE_PIECE).reply);
    const client = new SlowClient(scene.gateway.url).chat({ model: 'openai/quiet', stream: true });
    expect(await client.readUntil('Hel', 0)).toBe(true);
    // A stalled client, which came later, is cut: so the quiet one has had its time too.
    new SlowClient(scene.gateway.url).chat({ model: 'together/m', stream: true });
    await (
      await scene.upstream.request('/together/v1/chat/completions')
    ).gone;
    held.open();
    expect(await client.readUntil('data: [DONE]', 0)).toBe(true);
    client.leave();
  });
});
