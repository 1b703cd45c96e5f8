import assert from 'node:assert/strict';
import { it } from 'node:test';
import { getWeather, textOf } from './openai-answers.mjs';
import { API_KEY, BASE_URL, BREAKS, DIRECT_URL, QUESTION, script, thrownBy } from './scripted.mjs';

/** Reads a stream that breaks, and lets it break once its first text was seen. */
async function readBroken(create, { model, release }) {
  let text = '';
  const read = async () => {
    for await (const chunk of await create({ model, messages: QUESTION, stream: true })) {
      text += textOf(chunk);
      if (text !== '') await release();
    }
  };
  return { error: await thrownBy(read()), text };
}

export function checkAbort(client) {
  it('abort', async () => {
    const whole = script('stall');
    const leaving = new AbortController();
    const options = { signal: leaving.signal };
    const answer = client.chat.completions.create({ model: whole.model, messages: QUESTION }, options);
    const aborted = thrownBy(answer);
    await whole.asked();
    leaving.abort();
    assert.equal((await aborted).constructor.name, 'APIUserAbortError');
    await whole.gone();

    const streamed = script('stall');
    const stream = await client.chat.completions.create({ model: streamed.model, messages: QUESTION, stream: true });
    for await (const chunk of stream) if (textOf(chunk) === 'Hel') break;
    await streamed.gone();
  });
}

export function checkErrorsBefore(OpenAI, client) {
  const thrown = ({ model }, { stream = false, ...options } = {}) =>
    thrownBy(client.chat.completions.create({ model, messages: QUESTION, stream }, options));

  it('an error before the stream', async () => {
    const wrongKey = new OpenAI({ baseURL: BASE_URL, apiKey: 'wrong' });
    for (const stream of [false, true]) {
      const { model } = script('text');
      const refused = await thrownBy(wrongKey.chat.completions.create({ model, messages: QUESTION, stream }));
      assert(refused instanceof OpenAI.AuthenticationError);
      const unknown = await thrown({ model: 'nowhere/x' }, { stream });
      assert(unknown instanceof OpenAI.NotFoundError);
      assert.equal(unknown.code, 'model_not_found');
      assert.match(unknown.requestID, /./);
      const tooLong = await thrown(script('too-long'), { stream });
      assert(tooLong instanceof OpenAI.BadRequestError);
      assert.equal(tooLong.code, 'context_length_exceeded');
      const busy = await thrown(script('busy'), { stream, maxRetries: 0 });
      assert(busy instanceof OpenAI.RateLimitError);
      assert.equal(busy.headers.get('retry-after'), '7');
    }
  });

  it('a retry when the gateway says, and none where it says that none helps', async () => {
    const { model, requests } = script('busy-once');
    const completion = await client.chat.completions.create({ model, messages: QUESTION });
    assert.equal(completion.choices[0].message.content, 'Hello.');
    assert.equal((await requests()).length, 2);
    const broke = script('broke');
    assert.equal((await thrown(broke)).code, 'insufficient_quota');
    assert.equal((await broke.requests()).length, 1);
  });
}

export function checkBrokenStreams(OpenAI, client) {
  const create = (body) => client.chat.completions.create(body);

  it('an error in the stream', async () => {
    for (const [scenario, code, message] of BREAKS) {
      const broken = script(scenario);
      const { error, text } = await readBroken(create, broken);
      assert(error instanceof OpenAI.APIError);
      assert.deepEqual([error.code, text], [code, 'Hel']);
      assert.match(error.message, message);
      assert.equal((await broken.requests()).length, 1);
    }
  });

  it('without the gateway, a stream that ends early looks whole', async () => {
    const direct = new OpenAI({ baseURL: DIRECT_URL, apiKey: API_KEY });
    let text = '';
    const request = { model: script('ends').name, messages: QUESTION, stream: true };
    for await (const chunk of await direct.chat.completions.create(request)) text += textOf(chunk);
    assert.equal(text, 'Hel');
  });

  it('a call that is cut is not run', async () => {
    const cut = script('cut-call');
    const cities = [];
    const tools = [getWeather(({ city }) => (cities.push(city), '21 degrees'))];
    const runner = client.chat.completions.runTools({ model: cut.model, messages: QUESTION, tools, stream: true });
    runner.on('chunk', () => void cut.release());
    assert((await thrownBy(runner.finalContent())) instanceof OpenAI.OpenAIError);
    assert.deepEqual(cities, []);
    assert.equal((await cut.requests()).length, 1);
  });
}
