import {
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaEmbeddings,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  openAiEmbeddings,
  openAiStream,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import OpenAI from 'openai';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';
const messages = [{ role: 'user' as const, content: 'Hi' }];

describe('the official openai client', () => {
  const scene = useScene();
  let client: OpenAI;

  beforeAll(() => {
    client = new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });

  it('chats', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    const completion = await client.chat.completions.create({ model: 'openai/m', messages });
    expect(completion.choices[0]?.message.content).toBe('Hello there.');
    expect(completion.usage?.total_tokens).toBe(12);
  });

  it.each([
    ['openai/m', CHAT, sseStream(openAiStream(['Hel', 'lo']))],
    ['ollama/m', '/api/chat', ndjsonStream(ollamaStream(['Hel', 'lo']))],
  ])('streams from %s', async (model, path, reply) => {
    scene.upstream.on('POST', path, reply);
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello');
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBeGreaterThan(0);
  });

  it('puts a stream together with its helper', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo'])));
    const final = await client.chat.completions.stream({ model: 'openai/m', messages }).finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe('Hello');
    expect(final.choices[0]?.finish_reason).toBe('stop');
  });

  it('runs tools', async () => {
    const call = { function: { name: 'get_weather', arguments: { city: 'Berlin' } } };
    scene.upstream.on(
      'POST',
      '/api/chat',
      json(200, ollamaCompletion({ content: '', tool_calls: [call] })),
      json(200, ollamaCompletion({ content: 'Sunny.' })),
    );
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const seen: unknown[] = [];
    const run = client.chat.completions.runTools({
      model: 'ollama/m',
      messages,
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Weather.',
            parameters,
            parse: JSON.parse,
            function: (args: object) => (seen.push(args), '21 degrees'),
          },
        },
      ],
    });
    expect(await run.finalContent()).toBe('Sunny.');
    expect(seen).toEqual([{ city: 'Berlin' }]);
    expect(scene.upstream.requestsTo('/api/chat')[1]?.body).toMatchObject({
      messages: [{}, {}, { role: 'tool', content: '21 degrees' }],
    });
  });

  it('streams tool calls with its helper', async () => {
    const call = { function: { name: 'get_weather', arguments: { city: 'Berlin' } } };
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream([{ tool_calls: [call] }])));
    const final = await client.chat.completions
      .stream({
        model: 'ollama/m',
        messages,
        tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }],
      })
      .finalChatCompletion();
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{"city":"Berlin"}' },
    });
  });

  it('shows an image', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: 'A pixel.' })));
    const completion = await client.chat.completions.create({
      model: 'ollama/m',
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] },
      ],
    });
    expect(completion.choices[0]?.message.content).toBe('A pixel.');
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({
      messages: [{ images: ['iVBORw0KGgo='] }],
    });
  });

  it('parses a structured answer', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: '{"city":"Berlin"}' })));
    const response_format = {
      type: 'json_schema' as const,
      json_schema: {
        name: 'place',
        strict: true,
        schema: { type: 'object', properties: { city: { type: 'string' } } },
      },
    };
    const completion = await client.chat.completions.parse({ model: 'ollama/m', messages, response_format });
    expect(completion.choices[0]?.message.content).toBe('{"city":"Berlin"}');
  });

  it.each([
    ['openai/embedder', '/v1/embeddings', openAiEmbeddings([0.5, -0.25])],
    ['ollama/embedder', '/api/embed', ollamaEmbeddings([0.5, -0.25])],
  ])('embeds with %s, asking for base64 unasked', async (model, path, answer) => {
    scene.upstream.on('POST', path, json(200, answer));
    const { data } = await client.embeddings.create({ model, input: 'text' });
    expect(data[0]?.embedding).toEqual([0.5, -0.25]);
  });

  it('embeds as floats when told', async () => {
    scene.upstream.on('POST', '/api/embed', json(200, ollamaEmbeddings([0.5], [1])));
    const { data } = await client.embeddings.create({
      model: 'ollama/embedder',
      input: ['a', 'b'],
      encoding_format: 'float',
    });
    expect(data.map(({ embedding }) => embedding)).toEqual([[0.5], [1]]);
  });

  it('lists models and retrieves one', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain('ollama/hf.co/org/model:Q4');
    expect((await client.models.retrieve('ollama/hf.co/org/model:Q4')).id).toBe('ollama/hf.co/org/model:Q4');
  });

  it('stops the upstream when its stream is left early', async () => {
    scene.upstream.on('POST', CHAT, sseStream(sse(openAiChunk({ delta: { content: 'Hel' } })), stall));
    const stream = await client.chat.completions.create({ model: 'openai/m', messages, stream: true });
    for await (const chunk of stream) {
      expect(chunk.choices[0]?.delta.content).toBe('Hel');
      break;
    }
    await (
      await scene.upstream.request(CHAT)
    ).gone;
  });
});
