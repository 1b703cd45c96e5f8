import {
  json,
  openAiChunk,
  openAiCompletion,
  openAiStream,
  resetConnection,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import OpenAI, { APIError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { ResponseStreamEvent, Tool } from 'openai/resources/responses/responses';
import { z } from 'zod';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const model = 'openai/m';
const WEATHER: Tool = {
  type: 'function',
  name: 'weather',
  description: 'Tells the weather.',
  strict: true,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } };

describe('the official openai client of the Responses API', () => {
  const scene = useScene();
  let client: OpenAI;

  beforeAll(() => {
    client = new OpenAI({ baseURL: `${scene.gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });

  const chatBody = async (): Promise<Record<string, unknown>> =>
    (await scene.upstream.request(CHAT)).body as Record<string, unknown>;

  it('gets a text', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { role: 'assistant', content: 'Hi.' } })));
    const response = await client.responses.create({ model, input: 'Hello', instructions: 'Be short.' });
    expect(response.output_text).toBe('Hi.');
    expect(response).toMatchObject({ object: 'response', status: 'completed', store: true, error: null });
    expect(response.usage?.input_tokens).toBeGreaterThan(0);
    expect((await chatBody())['messages']).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Hello' },
    ]);
  });

  it('gets a stream, whose last event has the whole response', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo'])));
    const stream = client.responses.stream({ model, input: 'Hello' });
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const final = await stream.finalResponse();
    expect(final.output_text).toBe('Hello');
    expect(final.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('runs a tool and gives its output back', async () => {
    scene.upstream.on(
      'POST',
      CHAT,
      json(200, openAiCompletion({ message: { role: 'assistant', content: null, tool_calls: [CALL] } })),
      json(200, openAiCompletion({ message: { role: 'assistant', content: 'Sunny.' } })),
    );
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'What is the weather in Bern?' }];
    const first = await client.responses.create({ model, input, tools: [WEATHER] });
    const call = first.output[0];
    expect(call).toMatchObject({
      type: 'function_call',
      call_id: 'call_1',
      name: 'weather',
      arguments: '{"city":"Bern"}',
      status: 'completed',
    });
    input.push(...(first.output as OpenAI.Responses.ResponseInputItem[]), {
      type: 'function_call_output',
      call_id: 'call_1',
      output: 'sunny',
    });
    const second = await client.responses.create({ model, input, tools: [WEATHER] });
    expect(second.output_text).toBe('Sunny.');
    const requests = scene.upstream.requests.filter(({ path }) => path === CHAT);
    expect((requests[1]?.body as { messages: unknown }).messages).toEqual([
      { role: 'user', content: 'What is the weather in Bern?' },
      { role: 'assistant', content: null, tool_calls: [CALL] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ]);
  });

  it('parses an object', async () => {
    const content = '{"name":"Ada"}';
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { role: 'assistant', content } })));
    const format = zodTextFormat(z.object({ name: z.string() }), 'person');
    const response = await client.responses.parse({ model, input: 'Who?', text: { format } });
    expect(response.output_parsed).toEqual({ name: 'Ada' });
    expect(await chatBody()).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true } },
    });
  });

  it('gets a custom tool call, which the model made as a function call', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'write_sql', arguments: '{"input":"SELECT 1"}' } };
    scene.upstream.on(
      'POST',
      CHAT,
      sseStream(openAiStream([{ tool_calls: [{ index: 0, ...call }] }], { finishReason: 'tool_calls' })),
    );
    const tools: Tool[] = [
      { type: 'custom', name: 'write_sql', format: { type: 'grammar', syntax: 'regex', definition: 'SELECT .+' } },
    ];
    const stream = await client.responses.create({ model, input: 'One?', tools, stream: true });
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    const done = events.find(({ type }) => type === 'response.output_item.done');
    expect(done).toMatchObject({ item: { type: 'custom_tool_call', name: 'write_sql', input: 'SELECT 1' } });
  });

  it('raises its error for what fails before the stream', async () => {
    scene.upstream.on('POST', CHAT, json(429, { error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }));
    const call = client.responses.create({ model, input: 'Hello', stream: true });
    await expect(call).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    await expect(call).rejects.toBeInstanceOf(APIError);
  });

  it('raises its error where the stream breaks, and never gets a completed response', async () => {
    const begun = sse(openAiChunk({ delta: { role: 'assistant', content: 'Hel' } }));
    scene.upstream.on('POST', CHAT, sseStream(begun, resetConnection));
    const stream = await client.responses.create({ model, input: 'Hello', stream: true });
    const events: ResponseStreamEvent[] = [];
    const read = async (): Promise<void> => {
      for await (const event of stream) events.push(event);
    };
    const reading = read();
    await expect(reading).rejects.toBeInstanceOf(APIError);
    await expect(reading).rejects.toMatchObject({ code: 'stream_broken' });
    expect(events).toContainEqual(expect.objectContaining({ type: 'response.output_text.delta', delta: 'Hel' }));
    expect(events.map(({ type }) => type)).not.toContain('response.completed');
  });
});
