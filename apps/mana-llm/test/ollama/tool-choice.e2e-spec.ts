import { json, ndjsonStream, ollamaCompletion, ollamaLine, ollamaStream } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { useScene } from '../support/scene.js';
import { deltasOf, finishReasonsOf, readStream } from '../support/stream-answer.js';

const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const TIME = { type: 'function', function: { name: 'get_time' } };
const REQUIRED = { model: 'ollama/gemma3:4b', tools: [WEATHER, TIME], tool_choice: 'required' };
const NAMED = { ...REQUIRED, tool_choice: { type: 'function', function: { name: 'get_weather' } } };
const CALL = '{"name": "get_weather", "arguments": {"city": "Rome"}}';

describe('a tool_choice that asks for a call of an Ollama model', () => {
  const scene = useScene();
  beforeEach(() => scene.upstream.on('POST', '/api/show', json(404, { error: 'unknown' })));

  it('is served by the schema of a call, buffered', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: CALL })));
    const response = await scene.chat(NAMED);
    expect(await response.json()).toMatchObject({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [
              {
                id: expect.stringMatching(/^call_/) as string,
                type: 'function',
                function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
              },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
    });
    const { body } = await scene.upstream.request('/api/chat');
    expect(body).toMatchObject({
      tools: [WEATHER],
      think: false,
      format: { properties: { name: { enum: ['get_weather'] }, arguments: WEATHER.function.parameters } },
    });
  });

  it('is served by the schema of a call, streamed', async () => {
    const pieces = [CALL.slice(0, 12), CALL.slice(12, 40), CALL.slice(40)];
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(pieces)));
    const stream = await readStream(await scene.chat({ ...REQUIRED, stream: true }));
    const calls = deltasOf(stream).flatMap(({ tool_calls }) => tool_calls ?? []);
    expect(calls).toMatchObject([{ index: 0, function: { name: 'get_weather', arguments: '{"city":"Rome"}' } }]);
    expect(deltasOf(stream).filter(({ content }) => content)).toEqual([]);
    expect(finishReasonsOf(stream)).toEqual(['tool_calls']);
    expect(stream.isDone).toBe(true);
  });

  it.each([false, true])('is 502 bad_response where the model says something else (stream: %s)', async (stream) => {
    const answer = stream ? ndjsonStream(ollamaStream(['It rains.'])) : json(200, ollamaCompletion());
    scene.upstream.on('POST', '/api/chat', answer);
    await expectError(await scene.chat({ ...REQUIRED, stream }), 502, { code: 'bad_response', message: 'tool_choice' });
  });

  it('ends with length where the limit came first', async () => {
    const last = ollamaLine({ done: true, done_reason: 'length', eval_count: 3 });
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: '{"name": "get' }), last));
    const stream = await readStream(await scene.chat({ ...REQUIRED, stream: true, max_tokens: 3 }));
    expect(finishReasonsOf(stream)).toEqual(['length']);
    expect(stream.isDone).toBe(true);
  });

  it.each<[string, object]>([
    ['together with a response_format', { response_format: { type: 'json_object' } }],
    ['without tools', { tools: [] }],
    ['of a function that is not in tools', { tool_choice: { type: 'function', function: { name: 'other' } } }],
    ['of a kind that Ollama has not', { tool_choice: { type: 'custom', custom: { name: 'get_weather' } } }],
  ])('is refused by name %s', async (_, fields) => {
    await expectError(await scene.chat({ ...REQUIRED, ...fields }), 400, { param: 'tool_choice' });
    expect(scene.upstream.requestsTo('/api/chat')).toHaveLength(0);
  });
});
