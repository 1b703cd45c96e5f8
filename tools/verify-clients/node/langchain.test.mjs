import assert from 'node:assert/strict';
import { ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import {
  API_KEY,
  BASE_URL,
  BREAKS,
  checksOf,
  DIRECT_URL,
  IMAGE_QUESTION,
  QUESTION,
  script,
  thrownBy,
  VECTORS,
  WEATHER_ANSWER,
} from './scripted.mjs';

const OPTIONS = { apiKey: API_KEY, configuration: { baseURL: BASE_URL } };
const chat = (model, options = {}) => new ChatOpenAI({ ...OPTIONS, model, ...options });
const check = checksOf('LangChain.js');
const getWeather = tool(() => '21 degrees', { name: 'get_weather', schema: z.object({ city: z.string() }) });

/** All chunks of a stream as one message. */
async function whole(stream) {
  let message;
  for await (const chunk of stream) message = message === undefined ? chunk : message.concat(chunk);
  return message;
}

check('text', async () => {
  const { model, requests } = script('text');
  const answer = await chat(model, { temperature: 0.5 }).invoke(QUESTION);
  assert.deepEqual([answer.content, answer.usage_metadata.total_tokens], ['Hello.', 12]);
  const [{ body }] = await requests();
  assert.deepEqual([body.messages, body.temperature], [QUESTION, 0.5]);
});

check('stream', async () => {
  const texts = [];
  let usage;
  for await (const chunk of await chat(script('text').model).stream(QUESTION)) {
    if (chunk.content !== '') texts.push(chunk.content);
    usage ??= chunk.usage_metadata;
  }
  assert.deepEqual([texts, usage.total_tokens], [['Hel', 'lo', '.'], 12]);
});

check('tools', async () => {
  for (const ask of [
    (llm, messages) => llm.invoke(messages),
    async (llm, messages) => whole(await llm.stream(messages)),
  ]) {
    const { model, requests } = script('tools');
    const llm = chat(model).bindTools([getWeather]);
    const answer = await ask(llm, QUESTION);
    const [call] = answer.tool_calls;
    assert.deepEqual([call.name, call.args, call.id], ['get_weather', { city: 'Paris' }, 'call_1']);
    const result = await getWeather.invoke(call);
    assert(result instanceof ToolMessage);
    assert.equal((await ask(llm, [...QUESTION, answer, result])).content, WEATHER_ANSWER);
    const [first, second] = await requests();
    assert.equal(first.body.tools[0].function.name, 'get_weather');
    assert.equal(second.body.messages.at(-1).tool_call_id, 'call_1');
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
  assert.equal((await chat(model).invoke(IMAGE_QUESTION)).content, 'A red square.');
  assert.deepEqual((await requests())[0].body.messages, IMAGE_QUESTION);
});

check('embeddings', async () => {
  const { model, requests } = script('embed');
  const embeddings = new OpenAIEmbeddings({ ...OPTIONS, model });
  assert.deepEqual(await embeddings.embedDocuments(['one', 'two']), VECTORS);
  assert.deepEqual((await requests())[0].body.input, ['one', 'two']);
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
  for await (const chunk of await chat(streamed.model).stream(QUESTION)) if (chunk.content === 'Hel') break;
  await streamed.gone();
});

check('an error before the stream', async () => {
  const once = { maxRetries: 0 };
  for (const [llm, name, code] of [
    [chat(script('text').model, { apiKey: 'wrong' }), 'AuthenticationError', 'invalid_api_key'],
    [chat('nowhere/x'), 'NotFoundError', 'model_not_found'],
    [chat(script('too-long').model), 'ContextOverflowError', undefined],
    [chat(script('busy').model, once), 'RateLimitError', 'rate_limit_exceeded'],
  ]) {
    for (const asked of [llm.invoke(QUESTION), llm.stream(QUESTION)]) {
      const error = await thrownBy(asked);
      assert.deepEqual([error.constructor.name, error.code], [name, code]);
    }
  }
});

check('a retry when the gateway says, and none where it says that none helps', async () => {
  const busy = script('busy-once');
  assert.equal((await chat(busy.model).invoke(QUESTION)).content, 'Hello.');
  assert.equal((await busy.requests()).length, 2);
  const broke = script('broke');
  assert.equal((await thrownBy(chat(broke.model).invoke(QUESTION))).code, 'insufficient_quota');
  assert.equal((await broke.requests()).length, 1);
});

async function readBroken(llm, release) {
  let seen;
  const read = async () => {
    for await (const chunk of await llm.stream(QUESTION)) {
      seen = seen === undefined ? chunk : seen.concat(chunk);
      if (seen.content !== '' || seen.tool_call_chunks.length > 0) await release();
    }
  };
  return { error: await thrownBy(read()), seen };
}

check('an error in the stream', async () => {
  for (const [scenario, code, message] of BREAKS) {
    const { model, release, requests } = script(scenario);
    const { error, seen } = await readBroken(chat(model), release);
    assert.deepEqual([error.constructor.name, error.code, seen.content], ['APIError', code, 'Hel']);
    assert.match(error.message, message);
    assert.equal((await requests()).length, 1);
  }
});

check('without the gateway, a stream that ends early looks whole', async () => {
  const direct = chat(script('ends').name, { configuration: { baseURL: DIRECT_URL } });
  assert.equal((await whole(await direct.stream(QUESTION))).content, 'Hel');
});

check('a call that is cut ends in an error', async () => {
  const { model, release, requests } = script('cut-call');
  const { error, seen } = await readBroken(chat(model).bindTools([getWeather]), release);
  assert.deepEqual([error.constructor.name, error.code], ['APIError', 'stream_broken']);
  // Before its end, half a call looks like a call: the chunks' JSON is completed.
  assert.deepEqual(seen.tool_calls[0].args, { city: 'Pa' });
  assert.equal((await requests()).length, 1);
});
