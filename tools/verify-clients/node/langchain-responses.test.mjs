import assert from 'node:assert/strict';
import { ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import {
  API_KEY,
  BASE_URL,
  BREAKS,
  checksOf,
  IMAGE_QUESTION,
  QUESTION,
  script,
  thrownBy,
  WEATHER_ANSWER,
} from './scripted.mjs';

const OPTIONS = { apiKey: API_KEY, configuration: { baseURL: BASE_URL }, useResponsesApi: true };
const chat = (model, options = {}) => new ChatOpenAI({ ...OPTIONS, model, ...options });
const check = checksOf('LangChain.js, useResponsesApi');
const getWeather = tool(() => '21 degrees', { name: 'get_weather', schema: z.object({ city: z.string() }) });

/** All chunks of a stream as one message. */
async function whole(stream) {
  let message;
  for await (const chunk of stream) message = message === undefined ? chunk : message.concat(chunk);
  return message;
}
const WAYS = [
  (llm, messages, options) => llm.invoke(messages, options),
  async (llm, messages, options) => whole(await llm.stream(messages, options)),
];

check('text and stream', async () => {
  for (const ask of WAYS) {
    const { model, requests } = script('text');
    const answer = await ask(chat(model, { temperature: 0.5 }), QUESTION);
    assert.deepEqual([answer.text, answer.usage_metadata.total_tokens], ['Hello.', 12]);
    assert.equal(answer.response_metadata.object, 'response');
    const [{ body }] = await requests();
    assert.deepEqual([body.messages, body.temperature], [QUESTION, 0.5]);
  }
});

check('tools', async () => {
  for (const scenario of ['tools', 'thinks'])
    for (const ask of WAYS) {
      const { model, requests } = script(scenario);
      const llm = chat(model).bindTools([getWeather]);
      const answer = await ask(llm, QUESTION);
      const [call] = answer.tool_calls;
      assert.deepEqual([call.name, call.args, call.id], ['get_weather', { city: 'Paris' }, 'call_1']);
      const result = await getWeather.invoke(call);
      assert(result instanceof ToolMessage);
      assert.equal((await ask(llm, [...QUESTION, answer, result])).text, WEATHER_ANSWER);
      const [first, second] = await requests();
      assert.equal(first.body.tools[0].function.name, 'get_weather');
      const [question, { tool_calls }, output] = second.body.messages;
      assert.deepEqual([question, tool_calls[0].id, output.tool_call_id], [QUESTION[0], 'call_1', 'call_1']);
    }
});

check('the conversation by previous_response_id', async () => {
  for (const ask of WAYS) {
    const { model, requests } = script('tools');
    const llm = chat(model).bindTools([getWeather]);
    const answer = await ask(llm, QUESTION);
    const result = await getWeather.invoke(answer.tool_calls[0]);
    const options = { previous_response_id: answer.response_metadata.id };
    assert.equal((await ask(llm, [result], options)).text, WEATHER_ANSWER);
    assert.deepEqual(
      (await requests())[1].body.messages.map(({ role }) => role),
      ['user', 'assistant', 'tool'],
    );
  }
});

check('structured output', async () => {
  const { model, requests } = script('object');
  const person = z.object({ name: z.string(), age: z.number() });
  const llm = chat(model).withStructuredOutput(person, { name: 'person' });
  assert.deepEqual(await llm.invoke(QUESTION), { name: 'Ada', age: 36 });
  const { response_format: sent } = (await requests())[0].body;
  assert.deepEqual([sent.type, Object.keys(sent.json_schema.schema.properties)], ['json_schema', ['name', 'age']]);
});

check('vision', async () => {
  const { model, requests } = script('vision');
  assert.equal((await chat(model).invoke(IMAGE_QUESTION)).text, 'A red square.');
  const [text, image] = (await requests())[0].body.messages[0].content;
  assert.deepEqual(
    [text, image.image_url.url],
    [IMAGE_QUESTION[0].content[0], IMAGE_QUESTION[0].content[1].image_url.url],
  );
});

check('abort', async () => {
  const silent = script('stall');
  const leaving = new AbortController();
  const aborted = thrownBy(chat(silent.model).invoke(QUESTION, { signal: leaving.signal }));
  await silent.asked();
  leaving.abort();
  assert.match((await aborted).message, /abort/i);
  await silent.gone();

  const streamed = script('stall');
  for await (const chunk of await chat(streamed.model).stream(QUESTION)) if (chunk.text === 'Hel') break;
  await streamed.gone();
});

check('an error before the stream', async () => {
  for (const [llm, name, code] of [
    [chat(script('text').model, { apiKey: 'wrong' }), 'AuthenticationError', 'invalid_api_key'],
    [chat('nowhere/x'), 'NotFoundError', 'model_not_found'],
    [chat(script('too-long').model), 'ContextOverflowError', undefined],
    [chat(script('busy').model, { maxRetries: 0 }), 'RateLimitError', 'rate_limit_exceeded'],
  ])
    for (const ask of WAYS) {
      const error = await thrownBy(ask(llm, QUESTION));
      assert.deepEqual([error.constructor.name, error.code], [name, code]);
    }
});

async function readBroken(llm, release) {
  let seen;
  const read = async () => {
    for await (const chunk of await llm.stream(QUESTION)) {
      seen = seen === undefined ? chunk : seen.concat(chunk);
      if (seen.text !== '' || seen.tool_call_chunks.length > 0) await release();
    }
  };
  return { error: await thrownBy(read()), seen };
}

check('an error in the stream', async () => {
  for (const [scenario, code, message] of BREAKS) {
    const { model, release, requests } = script(scenario);
    const { error, seen } = await readBroken(chat(model), release);
    assert.deepEqual([error.constructor.name, error.code, seen.text], ['APIError', code ?? 'server_error', 'Hel']);
    assert.match(error.message, message);
    assert.equal((await requests()).length, 1);
  }
});

check('a call that is cut ends in an error', async () => {
  const { model, release, requests } = script('cut-call');
  const { error, seen } = await readBroken(chat(model).bindTools([getWeather]), release);
  assert.deepEqual([error.constructor.name, error.code], ['APIError', 'stream_broken']);
  // Before its end, half a call looks like a call: the chunks' JSON is completed.
  assert.deepEqual(seen.tool_calls[0].args, { city: 'Pa' });
  assert.equal((await requests()).length, 1);
});
