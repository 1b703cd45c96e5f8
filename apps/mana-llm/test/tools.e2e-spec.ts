import {
  DONE,
  json,
  ndjsonStream,
  ollamaCompletion,
  ollamaStream,
  openAiChunk,
  openAiCompletion,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { useScene } from './support/scene.js';
import { deltasOf, finishReasonsOf, readStream, type StreamAnswer } from './support/stream-answer.js';

const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Weather.',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  },
];

const HISTORY = [
  { role: 'user', content: 'Weather in Berlin?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Berlin"}' } }],
  },
  { role: 'tool', tool_call_id: 'call_1', content: '{"celsius":21}' },
];

interface GatheredCall {
  ids: string[];
  types: string[];
  names: string[];
  text: string;
}

/** Tool calls put together as a client does it, by index; each of id, type and name is to come once. */
function gatherCalls(stream: StreamAnswer): GatheredCall[] {
  const calls: GatheredCall[] = [];
  for (const delta of deltasOf(stream)) {
    for (const { index, id, type, function: piece } of delta.tool_calls ?? []) {
      const call = (calls[index] ??= { ids: [], types: [], names: [], text: '' });
      if (id) call.ids.push(id);
      if (type) call.types.push(type);
      if (piece?.name) call.names.push(piece.name);
      call.text += piece?.arguments ?? '';
    }
  }
  return calls;
}

describe('tools', () => {
  const scene = useScene();

  it('are the provider’s business, buffered, with tool_calls as the finish reason even where it says stop', async () => {
    const tool_calls = [
      { id: 'call_9', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Berlin"}' } },
    ];
    const answer = openAiCompletion({ message: { content: null, tool_calls }, finish_reason: 'stop' });
    scene.upstream.on('POST', '/v1/chat/completions', json(200, answer));
    const response = await scene.chat({ model: 'openai/m', tools: TOOLS, tool_choice: 'auto' });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: null, tool_calls }, finish_reason: 'tool_calls' }],
    });
    const { body } = await scene.upstream.request('/v1/chat/completions');
    expect(body).toMatchObject({ tools: TOOLS, tool_choice: 'auto' });
  });

  it('come from Ollama with ids of their own and the arguments as text', async () => {
    const calls = [
      { function: { name: 'get_weather', arguments: { city: 'Berlin' } } },
      { function: { name: 'get_weather', arguments: { city: 'Rome' } } },
    ];
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: '', tool_calls: calls })));
    const response = await scene.chat({ model: 'ollama/m', tools: TOOLS });
    const body = (await response.json()) as { choices: { message: { tool_calls: { id: string }[] } }[] };
    expect(body).toMatchObject({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            tool_calls: [
              { type: 'function', function: { name: 'get_weather', arguments: '{"city":"Berlin"}' } },
              { type: 'function', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } },
            ],
          },
        },
      ],
    });
    const ids = body.choices[0]?.message.tool_calls.map(({ id }) => id) ?? [];
    expect(new Set(ids.filter(Boolean)).size).toBe(2);
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({ tools: TOOLS });
  });

  it('stream with a stable index and id, the arguments in pieces', async () => {
    const piece = (index: number, fields: object, args: string): object =>
      openAiChunk({ delta: { tool_calls: [{ index, ...fields, function: { ...fields, arguments: args } }] } });
    const chunks = [
      openAiChunk({ delta: { role: 'assistant', content: null } }),
      piece(0, { id: 'call_a', type: 'function', name: 'get_weather' }, ''),
      piece(0, {}, '{"city":'),
      piece(0, {}, '"Berlin"}'),
      piece(1, { id: 'call_b', type: 'function', name: 'get_time' }, '{}'),
      openAiChunk({ finish_reason: 'tool_calls' }),
    ];
    scene.upstream.on('POST', '/v1/chat/completions', sseStream(sse(...chunks, DONE)));
    const stream = await readStream(await scene.chat({ model: 'openai/m', tools: TOOLS, stream: true }));
    expect(gatherCalls(stream)).toEqual([
      { ids: ['call_a'], types: ['function'], names: ['get_weather'], text: '{"city":"Berlin"}' },
      { ids: ['call_b'], types: ['function'], names: ['get_time'], text: '{}' },
    ]);
    expect(finishReasonsOf(stream)).toEqual(['tool_calls']);
    expect(stream.isDone).toBe(true);
  });

  it('stream from Ollama too, each call with an index and a unique id', async () => {
    const call = (city: string): object => ({ function: { name: 'get_weather', arguments: { city } } });
    const lines = ollamaStream([{ tool_calls: [call('Berlin')] }, { tool_calls: [call('Rome')] }]);
    scene.upstream.on('POST', '/api/chat', ndjsonStream(lines));
    const stream = await readStream(await scene.chat({ model: 'ollama/m', tools: TOOLS, stream: true }));
    const calls = gatherCalls(stream);
    expect(calls).toMatchObject([
      { types: ['function'], names: ['get_weather'], text: '{"city":"Berlin"}' },
      { types: ['function'], names: ['get_weather'], text: '{"city":"Rome"}' },
    ]);
    expect(new Set(calls.flatMap(({ ids }) => ids)).size).toBe(2);
    expect(finishReasonsOf(stream)).toEqual(['tool_calls']);
  });

  it('get their results to an OpenAI-compatible provider as they were sent', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion()));
    expect((await scene.chat({ model: 'openai/m', messages: HISTORY, tools: TOOLS })).status).toBe(200);
    expect((await scene.upstream.request('/v1/chat/completions')).body).toMatchObject({ messages: HISTORY });
  });

  it('get their results to Ollama with the arguments as an object and the tool by its name', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    expect((await scene.chat({ model: 'ollama/m', messages: HISTORY, tools: TOOLS })).status).toBe(200);
    expect((await scene.upstream.request('/api/chat')).body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Berlin' } } }] },
        { role: 'tool', content: '{"celsius":21}', tool_name: 'get_weather' },
      ],
    });
  });

  it('are refused when a message answers no call', async () => {
    const response = await scene.chat({ model: 'ollama/m', messages: [{ role: 'tool', content: '21' }] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'messages[0].tool_call_id' } });
  });

  it('that a model cannot use are a 400 with the provider’s words', async () => {
    const error = 'registry.ollama.ai/library/m does not support tools';
    scene.upstream.on('POST', '/api/chat', json(400, { error }));
    const response = await scene.chat({ model: 'ollama/m', tools: TOOLS });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining('does not support tools') as string },
    });
  });
});
