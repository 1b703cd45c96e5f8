import { latch, openAiChunk, openAiStream, sse, sseStream, stall } from '@mana-llm/llm-providers/testing';
import { RawExchange } from '../../../test/support/raw-exchange.js';
import { useScene } from '../../../test/support/scene.js';
import { contentOf, readStream } from '../../../test/support/stream-answer.js';
import { StreamReader } from '../../../test/support/stream-reader.js';
import { ChatController } from './chat.controller.js';

const UPSTREAM_PATH = '/v1/chat/completions';

describe(ChatController.name, () => {
  const scene = useScene({ yaml: 'limits: { heartbeatMs: 50 }\n' });

  const streamed = () => scene.chat({ model: 'openai/gpt-fake', stream: true });

  it.each([300_000, 3_000_000])('brings a frame of %s characters to a client that reads', async (length) => {
    scene.upstream.on('POST', UPSTREAM_PATH, sseStream(openAiStream(['a'.repeat(length)])));
    const stream = await readStream(await streamed());
    expect(stream.isDone).toBe(true);
    expect(contentOf(stream)).toHaveLength(length);
  });

  it('brings thousands of small frames that come at once', async () => {
    const small = { choices: [{ index: 0, delta: { content: 'a' } }] };
    const frames = sse(...Array.from({ length: 20_000 }, () => small));
    scene.upstream.on('POST', UPSTREAM_PATH, sseStream(frames + openAiStream(['b'])));
    const stream = await readStream(await streamed());
    expect(stream.isDone).toBe(true);
    expect(contentOf(stream)).toBe(`${'a'.repeat(20_000)}b`);
  });

  it('sends comments without an id while the model thinks', async () => {
    const held = latch();
    const first = sse(openAiChunk({ delta: { content: 'one' } }));
    scene.upstream.on('POST', UPSTREAM_PATH, sseStream(first, held, openAiStream(['two'])));
    const reader = new StreamReader(await streamed());
    await reader.readUntil(': ping');
    held.open();
    const stream = await reader.rest();
    expect(stream.isDone).toBe(true);
    expect(reader.textSoFar).not.toMatch(/^id: *\S/m);
  });

  it('counts a client that leaves as that, and blames no provider', async () => {
    scene.upstream.on('POST', UPSTREAM_PATH, sseStream(sse(openAiChunk({ delta: { content: 'one' } })), stall));
    const body = JSON.stringify({ model: 'openai/leaver', stream: true, messages: [{ role: 'user', content: 'Hi' }] });
    const client = new RawExchange(scene.gateway.url).post('/v1/chat/completions', body);
    await client.received('one');
    client.leave();
    await (
      await scene.upstream.request(UPSTREAM_PATH)
    ).gone;
    const metrics = await (await scene.get('/metrics')).text();
    expect(metrics).toContain('mana_llm_streams_total{end="client_closed"} 1');
    expect(metrics).toMatch(/mana_llm_llm_requests_total\{[^}]*model="leaver"[^}]*\} 1/);
    expect(metrics).not.toMatch(/mana_llm_llm_errors_total\{[^}]*model="leaver"/);
    expect(metrics).toContain('mana_llm_requests_in_flight 1');
  });
});
