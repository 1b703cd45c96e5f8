import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { IMAGE_INPUT, IMAGE_QUESTION, PROMPT, QUESTION, script, WEATHER_ANSWER } from './scripted.mjs';

export const WEATHER_TOOL = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
};

export function checkResponses({ responses }, { zodTextFormat }) {
  it('responses: text', async () => {
    const { model, requests } = script('text');
    const response = await responses.create({ model, input: PROMPT, temperature: 0.5 });
    assert.deepEqual([response.output_text, response.status, response.usage.total_tokens], ['Hello.', 'completed', 12]);
    const [{ body }] = await requests();
    assert.deepEqual([body.messages, body.temperature], [QUESTION, 0.5]);
  });

  it('responses: stream', async () => {
    const texts = [];
    const stream = responses.stream({ model: script('text').model, input: PROMPT });
    for await (const event of stream) if (event.type === 'response.output_text.delta') texts.push(event.delta);
    assert.deepEqual(texts, ['Hel', 'lo', '.']);
    const response = await stream.finalResponse();
    assert.deepEqual([response.output_text, response.status, response.usage.total_tokens], ['Hello.', 'completed', 12]);
  });

  it('responses: structured output', async () => {
    const text = { format: zodTextFormat(z.object({ name: z.string(), age: z.number() }), 'person') };
    for (const ask of [(request) => responses.parse(request), (request) => responses.stream(request).finalResponse()]) {
      const { model, requests } = script('object');
      const { output_parsed } = await ask({ model, input: PROMPT, text });
      assert.deepEqual(output_parsed, { name: 'Ada', age: 36 });
      const { response_format: sent } = (await requests())[0].body;
      assert.deepEqual([sent.type, sent.json_schema.name, sent.json_schema.strict], ['json_schema', 'person', true]);
    }
  });

  it('responses: vision', async () => {
    const { model, requests } = script('vision');
    assert.equal((await responses.create({ model, input: IMAGE_INPUT })).output_text, 'A red square.');
    assert.deepEqual((await requests())[0].body.messages, IMAGE_QUESTION);
  });
}

export function checkConversations({ responses }) {
  it('responses: tools, and the conversation by previous_response_id', async () => {
    for (const ask of [
      (request) => responses.create(request),
      (request) => responses.stream(request).finalResponse(),
    ]) {
      const { model, requests } = script('tools');
      const first = await ask({ model, input: PROMPT, tools: [WEATHER_TOOL] });
      const [call] = first.output;
      assert.deepEqual([call.type, call.name, call.arguments], ['function_call', 'get_weather', '{"city":"Paris"}']);
      const output = { type: 'function_call_output', call_id: call.call_id, output: '21 degrees' };
      const second = await ask({ model, input: [output], previous_response_id: first.id });
      assert.deepEqual([second.output_text, second.previous_response_id], [WEATHER_ANSWER, first.id]);
      const [asked, again] = await requests();
      assert.equal(asked.body.tools[0].function.name, 'get_weather');
      const [question, { tool_calls }, result] = again.body.messages;
      assert.deepEqual([question, tool_calls[0].id], [QUESTION[0], 'call_1']);
      assert.deepEqual(result, { role: 'tool', tool_call_id: 'call_1', content: '21 degrees' });
    }
  });

  it('responses: tools, and the items sent again', async () => {
    const { model } = script('tools');
    const input = [{ role: 'user', content: PROMPT }];
    const request = { model, tools: [WEATHER_TOOL], store: false };
    const first = await responses.create({ ...request, input });
    const output = { type: 'function_call_output', call_id: first.output[0].call_id, output: '21 degrees' };
    const second = await responses.create({ ...request, input: [...input, ...first.output, output] });
    assert.deepEqual([second.output_text, second.store], [WEATHER_ANSWER, false]);
  });

  it('responses: a response that is kept, its input, and its end', async () => {
    const { id } = await responses.create({ model: script('text').model, input: PROMPT });
    assert.equal((await responses.retrieve(id)).output_text, 'Hello.');
    const items = await Array.fromAsync(responses.inputItems.list(id));
    assert.deepEqual(
      items.map(({ role, content }) => [role, content[0].text]),
      [['user', PROMPT]],
    );
    await responses.delete(id);
    await assert.rejects(responses.retrieve(id), { status: 404 });
  });
}
