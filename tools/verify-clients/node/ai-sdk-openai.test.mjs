import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import {
  API_KEY,
  BASE_URL,
  BREAKS,
  checksOf,
  IMAGE_QUESTION,
  PROMPT,
  QUESTION,
  RED_PIXEL,
  script,
  thrownBy,
  WEATHER_ANSWER,
} from './scripted.mjs';

// The default model of @ai-sdk/openai speaks the Responses API.
const OPTIONS = { baseURL: BASE_URL, apiKey: API_KEY };
const manaLlm = createOpenAI(OPTIONS);
const check = checksOf('@ai-sdk/openai');

function weatherTool() {
  const cities = [];
  const execute = ({ city }) => (cities.push(city), '21 degrees');
  return { cities, tools: { get_weather: tool({ inputSchema: z.object({ city: z.string() }), execute }) } };
}

check('text', async () => {
  const { model, requests } = script('text');
  const { text, usage } = await generateText({ model: manaLlm(model), prompt: PROMPT, temperature: 0.5 });
  assert.deepEqual([text, usage.totalTokens], ['Hello.', 12]);
  const [{ body }] = await requests();
  assert.deepEqual([body.messages, body.temperature], [QUESTION, 0.5]);
});

check('stream', async () => {
  const result = streamText({ model: manaLlm(script('text').model), prompt: PROMPT });
  assert.deepEqual(await Array.fromAsync(result.textStream), ['Hel', 'lo', '.']);
  assert.deepEqual([await result.finishReason, (await result.usage).totalTokens], ['stop', 12]);
});

/** What the gateway is sent, item by item. */
function watched() {
  const items = [];
  const spy = (url, init) => {
    items.push(JSON.parse(init.body).input.map(({ type, role }) => type ?? role));
    return fetch(url, init);
  };
  return { items, provider: createOpenAI({ ...OPTIONS, fetch: spy }) };
}
const rolesOf = ({ body }) => body.messages.map(({ role }) => role);

check('tools in steps, and a next question: what was said before is sent as a reference', async () => {
  for (const ask of [generateText, streamText]) {
    const { model, requests } = script('thinks');
    const { tools, cities } = weatherTool();
    const { items, provider } = watched();
    const result = await ask({ model: provider(model), prompt: PROMPT, tools, stopWhen: stepCountIs(2) });
    assert.deepEqual([await result.text, cities], [WEATHER_ANSWER, ['Paris']]);
    const messages = [...QUESTION, ...(await result.responseMessages), ...QUESTION];
    await (
      await ask({ model: provider(model), messages, tools })
    ).text;
    console.log(items);
    const [first, second, third] = await requests();
    assert.equal(first.body.tools[0].function.name, 'get_weather');
    const [question, called, output] = second.body.messages;
    assert.deepEqual([question, called.tool_calls[0].id, output.tool_call_id], [QUESTION[0], 'call_1', 'call_1']);
    assert.equal(called.reasoning_content, 'Hm.');
    assert.deepEqual(rolesOf(third), ['user', 'assistant', 'tool', 'assistant', 'user']);
    assert.equal(third.body.messages[3].content, WEATHER_ANSWER);
  }
});

check('a custom tool', async () => {
  const { model, requests } = script('query');
  const inputs = [];
  const execute = (input) => (inputs.push(input), '21 degrees');
  const tools = { write_sql: manaLlm.tools.customTool({ description: 'Writes SQL.', execute }) };
  const { items, provider } = watched();
  const result = await generateText({ model: provider(model), prompt: PROMPT, tools, stopWhen: stepCountIs(2) });
  assert.deepEqual([result.text, inputs], [WEATHER_ANSWER, ['SELECT 1']]);
  console.log(items);
  assert.deepEqual(rolesOf((await requests())[1]), ['user', 'assistant', 'tool']);
});

check('tools in steps, with store: false', async () => {
  const { model, requests } = script('tools');
  const { tools } = weatherTool();
  const { items, provider } = watched();
  const asked = { prompt: PROMPT, tools, stopWhen: stepCountIs(2), providerOptions: { openai: { store: false } } };
  assert.equal((await generateText({ model: provider(model), ...asked })).text, WEATHER_ANSWER);
  assert.deepEqual(items[1], ['user', 'function_call', 'function_call_output']);
  assert.equal((await requests())[1].body.messages[1].tool_calls[0].id, 'call_1');
});

check('structured output', async () => {
  const { model, requests } = script('object');
  const output = Output.object({ schema: z.object({ name: z.string(), age: z.number() }) });
  assert.deepEqual((await generateText({ model: manaLlm(model), prompt: PROMPT, output })).output, {
    name: 'Ada',
    age: 36,
  });
  const { response_format: sent } = (await requests())[0].body;
  assert.deepEqual([sent.type, Object.keys(sent.json_schema.schema.properties)], ['json_schema', ['name', 'age']]);
  const streamed = streamText({ model: manaLlm(model), prompt: PROMPT, output });
  assert.deepEqual((await Array.fromAsync(streamed.partialOutputStream)).at(-1), { name: 'Ada', age: 36 });
});

check('vision', async () => {
  const { model, requests } = script('vision');
  const image = { type: 'file', mediaType: 'image/png', data: Buffer.from(RED_PIXEL, 'base64') };
  const content = [{ type: 'text', text: 'What is this?' }, image];
  const { text } = await generateText({ model: manaLlm(model), messages: [{ role: 'user', content }] });
  assert.equal(text, 'A red square.');
  assert.deepEqual((await requests())[0].body.messages, IMAGE_QUESTION);
});

check('abort', async () => {
  const whole = script('stall');
  const leaving = new AbortController();
  const aborted = thrownBy(generateText({ model: manaLlm(whole.model), prompt: PROMPT, abortSignal: leaving.signal }));
  await whole.asked();
  leaving.abort();
  assert.equal((await aborted).name, 'AbortError');
  await whole.gone();

  const streamed = script('stall');
  const stopping = new AbortController();
  const result = streamText({ model: manaLlm(streamed.model), prompt: PROMPT, abortSignal: stopping.signal });
  for await (const { type } of result.stream) if (type === 'text-delta') stopping.abort();
  await streamed.gone();
});

/** What `onError` is told, and what the reader of the texts gets. */
async function readErrors(asked, onText = () => undefined) {
  const errors = [];
  const result = streamText({ prompt: PROMPT, ...asked, onError: ({ error }) => errors.push(error) });
  let text = '';
  for await (const piece of result.textStream) {
    text += piece;
    await onText();
  }
  return { errors, text, result };
}

check('an error before the stream', async () => {
  const withWrongKey = createOpenAI({ ...OPTIONS, apiKey: 'wrong' });
  for (const [model, status, code] of [
    [withWrongKey(script('text').model), 401, 'invalid_api_key'],
    [manaLlm('nowhere/x'), 404, 'model_not_found'],
    [manaLlm(script('too-long').model), 400, 'context_length_exceeded'],
    [manaLlm(script('busy').model), 429, 'rate_limit_exceeded'],
  ]) {
    const error = await thrownBy(generateText({ model, prompt: PROMPT, maxRetries: 0 }));
    assert(APICallError.isInstance(error));
    assert.deepEqual([error.statusCode, error.data.error.code], [status, code]);
    const { errors, text } = await readErrors({ model, maxRetries: 0 });
    assert.deepEqual([errors.length, errors[0].statusCode, text], [1, status, '']);
  }
});

check('an error in the stream', async () => {
  for (const [scenario, code, message] of BREAKS) {
    const { model, release, requests } = script(scenario);
    const { errors, text, result } = await readErrors({ model: manaLlm(model) }, release);
    // The texts end as if they were whole: onError and the finish reason tell.
    assert.deepEqual([errors.length, errors[0].name, text], [1, 'AI_StreamProviderError', 'Hel']);
    assert.equal(errors[0].code, code ?? 'server_error');
    assert.match(errors[0].message, message);
    assert.deepEqual([await result.text, await result.finishReason], ['Hel', 'error']);
    assert.equal((await requests()).length, 1);
  }
});

check('a call that is cut is not run, and the model is not asked again', async () => {
  const { model, release, requests } = script('cut-call');
  const { tools, cities } = weatherTool();
  const errors = [];
  const asked = { model: manaLlm(model), prompt: PROMPT, tools, stopWhen: stepCountIs(2) };
  const result = streamText({ ...asked, onError: ({ error }) => errors.push(error) });
  for await (const { type } of result.stream) if (type === 'tool-input-start') await release();
  assert.deepEqual([cities, await result.finishReason], [[], 'error']);
  assert.deepEqual([errors[0].name, (await requests()).length], ['AI_StreamProviderError', 1]);
});
