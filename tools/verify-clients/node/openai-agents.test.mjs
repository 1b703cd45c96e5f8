import assert from 'node:assert/strict';
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import { z } from 'zod';
import {
  API_KEY,
  BASE_URL,
  BREAKS,
  checksOf,
  PROMPT,
  QUESTION,
  RED_PIXEL,
  script,
  thrownBy,
  WEATHER_ANSWER,
} from './scripted.mjs';

setTracingDisabled(true);
const check = checksOf('@openai/agents');
const runnerOf = (apiKey) =>
  new Runner({ modelProvider: new OpenAIProvider({ apiKey, baseURL: BASE_URL }), tracingDisabled: true });
const runner = runnerOf(API_KEY);

/** Asks whole, and by a stream that is read to its end. */
const WAYS = [
  (agent, input, options) => runner.run(agent, input, options),
  async (agent, input, options) => {
    const result = await runner.run(agent, input, { ...options, stream: true });
    for await (const event of result) void event;
    await result.completed;
    return result;
  },
];

function weatherAgent(model) {
  const cities = [];
  const getWeather = tool({
    name: 'get_weather',
    description: 'The weather in a city.',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => (cities.push(city), '21 degrees'),
  });
  return { cities, agent: new Agent({ name: 'Weather', model, tools: [getWeather] }) };
}

check('text', async () => {
  for (const ask of WAYS) {
    const { model, requests } = script('text');
    const agent = new Agent({ name: 'Greeter', model, instructions: 'Be kind.', modelSettings: { temperature: 0.5 } });
    const { finalOutput } = await ask(agent, PROMPT);
    assert.equal(finalOutput, 'Hello.');
    const [{ body }] = await requests();
    assert.deepEqual([body.messages, body.temperature], [[{ role: 'system', content: 'Be kind.' }, ...QUESTION], 0.5]);
  }
});

check('stream', async () => {
  const { model } = script('text');
  const result = await runner.run(new Agent({ name: 'Greeter', model }), PROMPT, { stream: true });
  assert.deepEqual(await Array.fromAsync(result.toTextStream()), ['Hel', 'lo', '.']);
});

check('a run with a tool', async () => {
  for (const scenario of ['tools', 'thinks'])
    for (const ask of WAYS) {
      const { model, requests } = script(scenario);
      const { agent, cities } = weatherAgent(model);
      const { finalOutput } = await ask(agent, PROMPT);
      assert.deepEqual([finalOutput, cities], [WEATHER_ANSWER, ['Paris']]);
      const [first, second] = await requests();
      assert.equal(first.body.tools[0].function.name, 'get_weather');
      const [question, { tool_calls }, output] = second.body.messages;
      assert.deepEqual([question, tool_calls[0].id, output.tool_call_id], [QUESTION[0], 'call_1', 'call_1']);
    }
});

check('a conversation by previousResponseId, and by its history', async () => {
  const { model, requests } = script('text');
  const agent = new Agent({ name: 'Greeter', model });
  const first = await runner.run(agent, PROMPT);
  await runner.run(agent, PROMPT, { previousResponseId: first.lastResponseId });
  await runner.run(agent, [...first.history, ...QUESTION]);
  for (const { body } of (await requests()).slice(1))
    assert.deepEqual(
      body.messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
});

check('structured output', async () => {
  const { model, requests } = script('object');
  const agent = new Agent({ name: 'Clerk', model, outputType: z.object({ name: z.string(), age: z.number() }) });
  assert.deepEqual((await runner.run(agent, PROMPT)).finalOutput, { name: 'Ada', age: 36 });
  assert.equal((await requests())[0].body.response_format.type, 'json_schema');
});

check('vision', async () => {
  const { model, requests } = script('vision');
  const content = [
    { type: 'input_text', text: 'What is this?' },
    { type: 'input_image', image: `data:image/png;base64,${RED_PIXEL}` },
  ];
  const { finalOutput } = await runner.run(new Agent({ name: 'Eye', model }), [{ role: 'user', content }]);
  assert.equal(finalOutput, 'A red square.');
  const [, image] = (await requests())[0].body.messages[0].content;
  assert.equal(image.image_url.url, `data:image/png;base64,${RED_PIXEL}`);
});

check('abort', async () => {
  const whole = script('stall');
  const leaving = new AbortController();
  const aborted = thrownBy(
    runner.run(new Agent({ name: 'A', model: whole.model }), PROMPT, { signal: leaving.signal }),
  );
  await whole.asked();
  leaving.abort();
  assert.equal((await aborted).constructor.name, 'APIUserAbortError');
  await whole.gone();

  const streamed = script('stall');
  const stopping = new AbortController();
  const asked = { stream: true, signal: stopping.signal };
  const result = await runner.run(new Agent({ name: 'A', model: streamed.model }), PROMPT, asked);
  for await (const text of result.toTextStream()) if (text === 'Hel') stopping.abort();
  await streamed.gone();
});

check('an error before the stream', async () => {
  for (const [asked, model, name, code] of [
    [runnerOf('wrong'), script('text').model, 'AuthenticationError', 'invalid_api_key'],
    [runner, 'nowhere/x', 'NotFoundError', 'model_not_found'],
    [runner, script('too-long').model, 'BadRequestError', 'context_length_exceeded'],
    [runner, script('broke').model, 'RateLimitError', 'insufficient_quota'],
  ]) {
    const agent = new Agent({ name: 'A', model });
    const error = await thrownBy(asked.run(agent, PROMPT));
    assert.deepEqual([error.constructor.name, error.code], [name, code]);
    const streamed = await asked.run(agent, PROMPT, { stream: true });
    assert.equal((await thrownBy(Array.fromAsync(streamed))).code, code);
  }
});

/** What was seen of a stream until it broke, which it does once its first words were seen; and the error. */
async function readBroken(agent, release) {
  const result = await runner.run(agent, PROMPT, { stream: true });
  const deltas = [];
  const read = async () => {
    for await (const { data } of result)
      if (data?.event?.type?.endsWith('.delta')) {
        deltas.push(data.event.delta);
        await release();
      }
  };
  return { error: await thrownBy(read()), deltas };
}

check('an error in the stream', async () => {
  for (const [scenario, code, message] of BREAKS) {
    const { model, release, requests } = script(scenario);
    const { error, deltas } = await readBroken(new Agent({ name: 'Greeter', model }), release);
    assert.deepEqual([error.constructor.name, error.code, deltas], ['APIError', code ?? 'server_error', ['Hel']]);
    assert.match(error.message, message);
    assert.equal((await requests()).length, 1);
  }
});

check('a call that is cut is not run', async () => {
  const { model, release, requests } = script('cut-call');
  const { agent, cities } = weatherAgent(model);
  const { error } = await readBroken(agent, release);
  assert.equal(error.code, 'stream_broken');
  assert.deepEqual([cities, (await requests()).length], [[], 1]);
});
