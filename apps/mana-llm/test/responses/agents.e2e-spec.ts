import { json, openAiChunk, openAiCompletion, resetConnection, sse, sseStream } from '@mana-llm/llm-providers/testing';
import { expectWellFormed, readResponseEvents } from '../support/response-events.js';
import { useScene } from '../support/scene.js';

const CHAT = '/v1/chat/completions';
const RESPONSES = '/v1/responses';
const model = 'openai/m';

describe('what agents need of the Responses API', () => {
  const scene = useScene();

  it.each([
    ['function', 'function_call', { arguments: '{"input":"rm -rf /tmp/a' }],
    ['custom', 'custom_tool_call', { input: '{"input":"rm -rf /tmp/a' }],
  ])('does not say of a %s call that it is done where the stream breaks inside it', async (kind, type, said) => {
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'run', arguments: '{"input":"rm -rf' } };
    const begun = sse(
      openAiChunk({ delta: { content: 'I clean up.' } }),
      openAiChunk({ delta: { tool_calls: [call] } }),
    );
    const more = sse(openAiChunk({ delta: { tool_calls: [{ index: 0, function: { arguments: ' /tmp/a' } }] } }));
    scene.upstream.on('POST', CHAT, sseStream(begun, more, resetConnection));
    const request = { model, input: 'Clean up.', tools: [{ type: kind, name: 'run' }], stream: true };
    const events = readResponseEvents(await (await scene.post(RESPONSES, request)).text());
    expectWellFormed(events);
    const done = events.filter((event) => event.type.endsWith('.done'));
    expect(done.map((event) => event.type)).toEqual([
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
    ]);
    // OpenAI's own order; its clients throw on the first of them.
    expect(events.at(-2)).toMatchObject({ type: 'error', error: { type: 'upstream_error', code: 'stream_broken' } });
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: {
        status: 'failed',
        error: { code: 'stream_broken' },
        output: [
          { type: 'message', status: 'completed' },
          { type, name: 'run', call_id: 'call_1', status: 'incomplete', ...said },
        ],
      },
    });
  });

  it('has every field of a function in the response, and the penalties', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { role: 'assistant', content: 'Hi.' } })));
    const tools = [
      { type: 'function', name: 'run' },
      { type: 'custom', name: 'write' },
    ];
    const request = { model, input: 'Hello', tools, presence_penalty: 0.5 };
    expect(await (await scene.post(RESPONSES, request)).json()).toMatchObject({
      tools: [{ type: 'function', name: 'run', description: null, parameters: null, strict: false }, tools[1]],
      presence_penalty: 0.5,
      frequency_penalty: 0,
    });
    expect((await scene.upstream.request(CHAT)).body).toMatchObject({ presence_penalty: 0.5 });
  });

  it('gives a model the tools that an item of the input brings, in the next turn too, each once', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'functions__exec', arguments: '{"input":"1"}' } };
    scene.upstream.on(
      'POST',
      CHAT,
      json(200, openAiCompletion({ message: { role: 'assistant', content: null, tool_calls: [call] } })),
      json(200, openAiCompletion({ message: { role: 'assistant', content: 'Done.' } })),
    );
    const tools = [{ type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] }];
    const brings = { type: 'additional_tools', role: 'developer', tools };
    const request = { model, input: [brings, { role: 'user', content: 'Run it.' }] };
    const first = (await (await scene.post(RESPONSES, request)).json()) as { id: string; output: unknown[] };
    expect(first.output).toMatchObject([
      { type: 'custom_tool_call', namespace: 'functions', name: 'exec', input: '1', call_id: 'c1' },
    ]);
    const output = { type: 'custom_tool_call_output', call_id: 'c1', output: '1' };
    await scene.post(RESPONSES, { model, input: [brings, output], previous_response_id: first.id });
    const bodies = scene.upstream.requests.filter(({ path }) => path === CHAT).map(({ body }) => body);
    const named = { function: { name: 'functions__exec' } };
    expect(bodies).toMatchObject([
      { tools: [named], messages: [{ role: 'user' }] },
      { tools: [named], messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'tool', content: '1' }] },
    ]);
  });

  it('takes a list of what to include, and tells of an item that is no text', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion({ message: { role: 'assistant', content: 'Hi.' } })));
    for (const include of [[], ['reasoning.encrypted_content']]) {
      expect((await scene.post(RESPONSES, { model, input: 'Hello', include })).status).toBe(200);
    }
    const refused = await scene.post(RESPONSES, { model, input: 'Hello', include: ['a', 1] });
    expect(await refused.json()).toMatchObject({ error: { param: 'include' } });
  });

  it.each(['compact', 'input_tokens'])('says that POST /v1/responses/%s is not served', async (route) => {
    const response = await scene.post(`${RESPONSES}/${route}`, { model, input: 'Hello' });
    expect(response.status).toBe(404);
    const message = expect.stringContaining(`/v1/responses/${route} is not served here.`) as string;
    expect(await response.json()).toMatchObject({ error: { code: 'unknown_url', message } });
  });
});
