import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import {
  API_KEY,
  BASE_URL,
  BREAKS,
  checksOf,
  DIRECT_URL,
  QUESTION,
  RED_PIXEL,
  script,
  thrownBy,
  VECTORS,
  WEATHER_ANSWER,
} from './scripted.mjs';

const OPTIONS = { name: 'mana-llm', baseURL: BASE_URL, includeUsage: true, supportsStructuredOutputs: true };
const manaLlm = createOpenAICompatible({ ...OPTIONS, apiKey: API_KEY });
const check = checksOf('AI SDK');

function weatherTool() {
  const cities = [];
  const execute = ({ city }) => (cities.push(city), '21 degrees');
  return { cities, tools: { get_weather: tool({ inputSchema: z.object({ city: z.string() }), execute }) } };
}

check('text', async () => {
  const { model, requests } = script('text');
  const { text, usage } = await generateText({ model: manaLlm(model), prompt: 'Say hello.', temperature: 0.5 });
  assert.deepEqual([text, usage.totalTokens], ['Hello.', 12]);
  const [{ body }] = await requests();
  assert.deepEqual([body.messages, body.temperature], [QUESTION, 0.5]);
});

check('stream', async () => {
  const result = streamText({ model: manaLlm(script('text').model), messages: QUESTION });
  assert.deepEqual(await Array.fromAsync(result.textStream), ['Hel', 'lo', '.']);
  assert.deepEqual([await result.finishReason, (await result.usage).totalTokens], ['stop', 12]);
});

check('tools', async () => {
  for (const ask of [generateText, streamText]) {
    const { model, requests } = script('tools');
    const { tools, cities } = weatherTool();
    const result = await ask({ model: manaLlm(model), messages: QUESTION, tools, stopWhen: stepCountIs(2) });
    assert.equal(await result.text, WEATHER_ANSWER);
    assert.deepEqual(cities, ['Paris']);
    const [first, second] = await requests();
    assert.equal(first.body.tools[0].function.name, 'get_weather');
    assert.equal(second.body.messages.at(-1).tool_call_id, 'call_1');
  }
});

check('structured output', async () => {
  const { model, requests } = script('object');
  const output = Output.object({ schema: z.object({ name: z.string(), age: z.number() }) });
  const result = await generateText({ model: manaLlm(model), messages: QUESTION, output });
  assert.deepEqual(result.output, { name: 'Ada', age: 36 });
  const { response_format: sent } = (await requests())[0].body;
  assert.deepEqual([sent.type, Object.keys(sent.json_schema.schema.properties)], ['json_schema', ['name', 'age']]);
});

check('vision', async () => {
  const { model, requests } = script('vision');
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'file', mediaType: 'image/png', data: Buffer.from(RED_PIXEL, 'base64') },
  ];
  const { text } = await generateText({ model: manaLlm(model), messages: [{ role: 'user', content }] });
  assert.equal(text, 'A red square.');
  const [, image] = (await requests())[0].body.messages[0].content;
  assert.equal(image.image_url.url, `data:image/png;base64,${RED_PIXEL}`);
});

check('embeddings', async () => {
  const { model, requests } = script('embed');
  const { embeddings } = await embedMany({ model: manaLlm.embeddingModel(model), values: ['one', 'two'] });
  assert.deepEqual(embeddings, VECTORS);
  assert.deepEqual((await requests())[0].body.input, ['one', 'two']);
});

check('abort', async () => {
  const whole = script('stall');
  const leaving = new AbortController();
  const asked = { messages: QUESTION, abortSignal: leaving.signal };
  const aborted = thrownBy(generateText({ ...asked, model: manaLlm(whole.model) }));
  await whole.asked();
  leaving.abort();
  assert.equal((await aborted).name, 'AbortError');
  await whole.gone();

  const streamed = script('stall');
  const stopping = new AbortController();
  const types = [];
  const result = streamText({ ...asked, model: manaLlm(streamed.model), abortSignal: stopping.signal });
  for await (const { type } of result.stream) {
    types.push(type);
    if (type === 'text-delta') stopping.abort();
  }
  assert.equal(types.at(-1), 'abort');
  await streamed.gone();
});

/** What `onError` is told, and what the reader of the texts gets. */
async function readErrors(asked, onText = () => undefined) {
  const errors = [];
  const result = streamText({ messages: QUESTION, ...asked, onError: ({ error }) => errors.push(error) });
  let text = '';
  for await (const piece of result.textStream) {
    text += piece;
    await onText();
  }
  return { errors, text, result };
}

check('an error before the stream', async () => {
  const withWrongKey = createOpenAICompatible({ ...OPTIONS, apiKey: 'wrong' });
  for (const [model, status, code] of [
    [withWrongKey(script('text').model), 401, 'invalid_api_key'],
    [manaLlm('nowhere/x'), 404, 'model_not_found'],
    [manaLlm(script('too-long').model), 400, 'context_length_exceeded'],
    [manaLlm(script('busy').model), 429, 'rate_limit_exceeded'],
  ]) {
    const error = await thrownBy(generateText({ model, messages: QUESTION, maxRetries: 0 }));
    assert(APICallError.isInstance(error));
    assert.deepEqual([error.statusCode, error.data.error.code], [status, code]);
    // A stream of texts does not throw: it is empty.
    const { errors, text, result } = await readErrors({ model, maxRetries: 0 });
    assert.deepEqual([errors.length, errors[0].statusCode, text], [1, status, '']);
    assert.equal((await thrownBy(result.text)).name, 'AI_NoOutputGeneratedError');
  }
});

check('a retry when the gateway says, and also where it says that none helps', async () => {
  const busy = script('busy-once');
  assert.equal((await generateText({ model: manaLlm(busy.model), messages: QUESTION })).text, 'Hello.');
  assert.equal((await busy.requests()).length, 2);
  const broke = script('broke');
  await thrownBy(generateText({ model: manaLlm(broke.model), messages: QUESTION, maxRetries: 1 }));
  assert.equal((await broke.requests()).length, 2);
});

check('an error in the stream', async () => {
  for (const [scenario, , message] of BREAKS) {
    const { model, release, requests } = script(scenario);
    const { errors, text, result } = await readErrors({ model: manaLlm(model) }, release);
    // The texts end as if they were whole: onError and the finish reason tell.
    assert.deepEqual([errors.length, errors[0].name, text], [1, 'AI_StreamProviderError', 'Hel']);
    assert.match(errors[0].message, message);
    assert.deepEqual([await result.text, await result.finishReason], ['Hel', 'error']);
    assert.equal((await requests()).length, 1);
  }
});

check('without the gateway, a stream that ends early is an error too', async () => {
  const direct = createOpenAICompatible({ ...OPTIONS, baseURL: DIRECT_URL });
  const { errors, text } = await readErrors({ model: direct(script('ends').name) });
  assert.deepEqual([errors[0].name, text], ['AI_InvalidResponseDataError', 'Hel']);
});

check('a call that is cut is not run', async () => {
  const { model, release, requests } = script('cut-call');
  const { tools, cities } = weatherTool();
  const errors = [];
  const asked = { model: manaLlm(model), messages: QUESTION, tools, stopWhen: stepCountIs(2) };
  const result = streamText({ ...asked, onError: ({ error }) => errors.push(error) });
  for await (const { type } of result.stream) if (type === 'tool-input-start') await release();
  assert.deepEqual([cities, await result.finishReason], [[], 'error']);
  assert.equal(errors[0].name, 'AI_StreamProviderError');
  // The loop goes on all the same: the model is told that its call was wrong.
  const [, again] = await requests();
  assert.match(JSON.stringify(again.body.messages.at(-1)), /"tool_call_id":"call_1".*Invalid input/);
});
