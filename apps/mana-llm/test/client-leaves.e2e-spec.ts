import {
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaLine,
  openAiChunk,
  openAiCompletion,
  type Reply,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';

const MESSAGES = [{ role: 'user', content: 'Write a book.' }];

const halfJson: Reply = async (exchange) => {
  exchange.response.writeHead(200, { 'content-type': 'application/json' });
  await new Promise((written) => exchange.response.write('{"id":', written));
  await stall(exchange);
};

describe('a client that leaves', () => {
  const scene = useScene();

  // `gone` resolves only when the gateway closes the upstream request: a gateway that keeps it fails by the test's timeout.
  it.each<[string, string, string, Reply]>([
    ['openai/m', '/v1/chat/completions', 'one', sseStream(sse(openAiChunk({ delta: { content: 'one' } })), stall)],
    ['ollama/m', '/api/chat', 'one', ndjsonStream(ollamaLine({ content: 'one' }), stall)],
  ])('stops the upstream of a running stream of %s', async (model, path, content, reply) => {
    scene.upstream.on('POST', path, reply);
    const client = new RawExchange(scene.gateway.url).post(
      '/v1/chat/completions',
      JSON.stringify({ model, messages: MESSAGES, stream: true }),
    );
    await client.received(content);
    client.leave();
    await (
      await scene.upstream.request(path)
    ).gone;
  });

  it.each<[string, string, string, boolean, Reply]>([
    ['openai/m', '/v1/chat/completions', 'stream', true, stall],
    ['openai/m', '/v1/chat/completions', 'buffered answer', false, stall],
    [
      'openai/m',
      '/v1/chat/completions',
      'stream whose role alone has come',
      true,
      sseStream(sse(openAiChunk({ delta: { role: 'assistant' } })), stall),
    ],
    ['openai/m', '/v1/chat/completions', 'buffered answer whose first half has come', false, halfJson],
    ['ollama/m', '/api/chat', 'stream', true, stall],
    ['ollama/m', '/api/chat', 'buffered answer', false, stall],
  ])('before the first byte stops the upstream: %s %s, %s', async (model, path, _what, stream, reply) => {
    scene.upstream.on('POST', path, reply);
    const client = new RawExchange(scene.gateway.url).post(
      '/v1/chat/completions',
      JSON.stringify({ model, messages: MESSAGES, stream }),
    );
    const request = await scene.upstream.request(path);
    client.leave();
    await request.gone;
  });

  it('stops all upstream requests of several choices', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: 'one' }), stall));
    const client = new RawExchange(scene.gateway.url).post(
      '/v1/chat/completions',
      JSON.stringify({ model: 'ollama/m', n: 2, messages: MESSAGES, stream: true }),
    );
    await client.received('one');
    client.leave();
    await Promise.all(scene.upstream.requestsTo('/api/chat').map(({ gone }) => gone));
  });

  it.each([
    ['openai/m', '/v1/embeddings'],
    ['ollama/m', '/api/embed'],
  ])('stops an embedding of %s', async (model, path) => {
    scene.upstream.on('POST', path, stall);
    const client = new RawExchange(scene.gateway.url).post('/v1/embeddings', JSON.stringify({ model, input: 'text' }));
    const request = await scene.upstream.request(path);
    client.leave();
    await request.gone;
  });

  it('by a polite FIN stops the upstream as well', async () => {
    scene.upstream.on(
      'POST',
      '/v1/chat/completions',
      sseStream(sse(openAiChunk({ delta: { content: 'one' } })), stall),
    );
    const leaving = new AbortController();
    const response = await scene.chat({ model: 'openai/m', stream: true }, { signal: leaving.signal });
    expect(response.status).toBe(200);
    leaving.abort();
    await (
      await scene.upstream.request('/v1/chat/completions')
    ).gone;
  });

  it('leaves no trouble for the next one', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', stall, json(200, openAiCompletion()));
    const client = new RawExchange(scene.gateway.url).post(
      '/v1/chat/completions',
      JSON.stringify({ model: 'openai/m', messages: MESSAGES }),
    );
    const request = await scene.upstream.request('/v1/chat/completions');
    client.leave();
    await request.gone;
    expect((await scene.chat({ model: 'openai/m' })).status).toBe(200);
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: 'ollama/m' })).status).toBe(200);
  });
});
