import {
  DONE,
  latch,
  json,
  ndjsonStream,
  ollamaLine,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  type Reply,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { useScene } from '../support/scene.js';
import { contentOf } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';

const CHAT = '/v1/chat/completions';
const SECOND = '/together/v1/chat/completions';
const HEL = sse(openAiChunk({ delta: { content: 'Hel' } }));
const REST = sse(openAiChunk({ delta: { content: 'lo' } }), openAiChunk({ finish_reason: 'stop' }), DONE);
const PINGS = ': ping\n\n: ping\n\n: ping\n\n';

describe('a stream with nothing to say', () => {
  const scene = useScene({ yaml: 'limits: { heartbeatMs: 20 }' });

  it.each<[string, string, (held: ReturnType<typeof latch>) => Reply]>([
    ['openai/m', CHAT, (held) => sseStream(HEL, held, REST)],
    ['ollama/m', '/api/chat', (held) => ndjsonStream(ollamaLine({ content: 'Hel' }), held, ollamaStream(['lo']))],
  ])('sends comments while %s thinks, and the answer is the same', async (model, path, reply) => {
    const held = latch();
    scene.upstream.on('POST', path, reply(held));
    const reader = new StreamReader(await scene.chat({ model, stream: true }));
    await reader.readUntil(PINGS);
    held.open();
    const answer = await reader.rest();
    expect({ content: contentOf(answer), isDone: answer.isDone }).toEqual({ content: 'Hello', isDone: true });
  });

  it('has no real id on any frame: with one, a comment crashes a known client', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, sseStream(HEL, held, `id: 7\n${REST}`));
    const reader = new StreamReader(await scene.chat({ model: 'openai/m', stream: true }));
    await reader.readUntil(PINGS);
    held.open();
    const { text } = await reader.rest();
    expect(text).not.toMatch(/^id: *\S/m);
    expect(text).toMatch(/^: ping$/m);
  });

  it('stays quiet before it is open', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, sseStream(sse(openAiChunk({ delta: { role: 'assistant' } })), held, HEL, REST));
    scene.upstream.on('POST', SECOND, sseStream(HEL, held, REST));
    const opening = scene.chat({ model: 'openai/m', stream: true });
    await scene.upstream.request(CHAT);
    // An open stream, begun later, has got three heartbeats: the one that is not open has got not even headers.
    const open = new StreamReader(await scene.chat({ model: 'together/m', stream: true }));
    const first = await Promise.race([opening, open.readUntil(PINGS).then(() => 'nothing yet')]);
    expect(first).toBe('nothing yet');
    held.open();
    expect(await new StreamReader(await opening).rest()).toMatchObject({ isDone: true });
    await open.rest();
  });

  it('may still be an ordinary error after its quiet time', async () => {
    const held = latch();
    scene.upstream.on(
      'POST',
      CHAT,
      sseStream(
        sse(openAiChunk({ delta: { role: 'assistant' } })),
        held,
        sse({ error: { code: 429, message: 'No.' } }),
      ),
    );
    scene.upstream.on('POST', SECOND, sseStream(HEL, held, REST));
    const opening = scene.chat({ model: 'openai/m', stream: true });
    await scene.upstream.request(CHAT);
    const open = new StreamReader(await scene.chat({ model: 'together/m', stream: true }));
    await open.readUntil(PINGS);
    held.open();
    expect((await opening).status).toBe(429);
    await open.rest();
  });

  it('ends its comments with itself', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hello'])));
    const { text } = await new StreamReader(await scene.chat({ model: 'openai/m', stream: true })).rest();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('has no comments in a buffered answer', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, async (exchange) => {
      await held.opened;
      await json(200, openAiCompletion())(exchange);
    });
    scene.upstream.on('POST', SECOND, sseStream(HEL, held, REST));
    const whole = scene.chat({ model: 'openai/m' });
    await scene.upstream.request(CHAT);
    const open = new StreamReader(await scene.chat({ model: 'together/m', stream: true }));
    await open.readUntil(PINGS);
    held.open();
    expect(await (await whole).json()).toMatchObject({ object: 'chat.completion' });
    await open.rest();
  });

  it('gives each frame at once to a client that takes compressed answers', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, sseStream(HEL, held, REST));
    const response = await scene.chat(
      { model: 'openai/m', stream: true },
      { headers: { 'accept-encoding': 'gzip, deflate, br' } },
    );
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('cache-control')).toContain('no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const reader = new StreamReader(response);
    await reader.readUntil('Hel');
    held.open();
    await reader.rest();
  });
});

describe('heartbeats that are turned off', () => {
  const scene = useScene({ yaml: 'limits: { heartbeatMs: 0 }' });

  it('are not sent', async () => {
    const held = latch();
    scene.upstream.on('POST', CHAT, sseStream(HEL, held, REST));
    scene.upstream.on('POST', SECOND, json(200, openAiCompletion()));
    const reader = new StreamReader(await scene.chat({ model: 'openai/m', stream: true }));
    await reader.readUntil('Hel');
    for (let count = 0; count < 20; count += 1) await (await scene.chat({ model: 'together/m' })).text();
    held.open();
    expect((await reader.rest()).text).not.toMatch(/^:/m);
  });
});
