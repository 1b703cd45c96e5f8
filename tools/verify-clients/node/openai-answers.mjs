import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { IMAGE_QUESTION, QUESTION, script, VECTORS, WEATHER_ANSWER } from './scripted.mjs';

/** A tool that the client runs itself. */
export const getWeather = (run) => ({
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    parse: JSON.parse,
    function: run,
  },
});
export const textOf = (chunk) => chunk.choices[0]?.delta.content ?? '';

export function checkTexts(client) {
  const create = (body, options) => client.chat.completions.create(body, options);

  it('text', async () => {
    const { model, requests } = script('text');
    const completion = await create({ model, messages: QUESTION, temperature: 0.5 });
    assert.equal(completion.choices[0].message.content, 'Hello.');
    assert.equal(completion.usage.total_tokens, 12);
    const [{ body }] = await requests();
    assert.deepEqual([body.messages, body.temperature], [QUESTION, 0.5]);
  });

  it('stream', async () => {
    const { model } = script('text');
    const texts = [];
    let usage;
    const stream = await create({ model, messages: QUESTION, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream) {
      if (textOf(chunk) !== '') texts.push(textOf(chunk));
      usage ??= chunk.usage;
    }
    assert.deepEqual(texts, ['Hel', 'lo', '.']);
    assert.equal(usage.total_tokens, 12);
  });
}

export function checkTools(client) {
  it('tools, which the client runs', async () => {
    for (const stream of [false, true]) {
      const { model, requests } = script('tools');
      const cities = [];
      const tools = [getWeather(({ city }) => (cities.push(city), '21 degrees'))];
      const runner = client.chat.completions.runTools({ model, messages: QUESTION, tools, stream });
      assert.equal(await runner.finalContent(), WEATHER_ANSWER);
      assert.deepEqual(cities, ['Paris']);
      const [first, second] = await requests();
      assert.equal(first.body.tools[0].function.name, 'get_weather');
      assert.equal(second.body.messages.at(-1).tool_call_id, 'call_1');
    }
  });
}

export function checkInputs(client) {
  it('vision', async () => {
    const { model, requests } = script('vision');
    const completion = await client.chat.completions.create({ model, messages: IMAGE_QUESTION });
    assert.equal(completion.choices[0].message.content, 'A red square.');
    assert.deepEqual((await requests())[0].body.messages, IMAGE_QUESTION);
  });

  it('embeddings', async () => {
    const { model, requests } = script('embed');
    const { data } = await client.embeddings.create({ model, input: ['one', 'two'] });
    assert.deepEqual(
      data.map(({ embedding }) => embedding),
      VECTORS,
    );
    assert.deepEqual((await requests())[0].body.input, ['one', 'two']);
  });
}

export function checkStructuredOutput(client, { zodResponseFormat }) {
  it('structured output', async () => {
    const { model, requests } = script('object');
    const format = zodResponseFormat(z.object({ name: z.string(), age: z.number() }), 'person');
    const completion = await client.chat.completions.parse({ model, messages: QUESTION, response_format: format });
    assert.deepEqual(completion.choices[0].message.parsed, { name: 'Ada', age: 36 });
    const { response_format: sent } = (await requests())[0].body;
    assert.deepEqual([sent.type, sent.json_schema.name, sent.json_schema.strict], ['json_schema', 'person', true]);
  });
}
