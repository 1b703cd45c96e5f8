import assert from 'node:assert/strict';
import { it } from 'node:test';
import { WEATHER_TOOL } from './openai-responses.mjs';
import { API_KEY, BASE_URL, BREAKS, PROMPT, script, thrownBy } from './scripted.mjs';

export function checkResponsesAbort({ responses }) {
  it('responses: abort', async () => {
    const whole = script('stall');
    const leaving = new AbortController();
    const aborted = thrownBy(responses.create({ model: whole.model, input: PROMPT }, { signal: leaving.signal }));
    await whole.asked();
    leaving.abort();
    assert.equal((await aborted).constructor.name, 'APIUserAbortError');
    await whole.gone();

    const streamed = script('stall');
    const stream = await responses.create({ model: streamed.model, input: PROMPT, stream: true });
    for await (const { type } of stream) if (type === 'response.output_text.delta') break;
    await streamed.gone();
  });
}

export function checkResponsesErrorsBefore(OpenAI, client) {
  it('responses: an error before the stream', async () => {
    const wrongKey = new OpenAI({ baseURL: BASE_URL, apiKey: 'wrong' });
    for (const [asked, { model }, fields, name, code] of [
      [wrongKey, script('text'), {}, 'AuthenticationError', 'invalid_api_key'],
      [client, { model: 'nowhere/x' }, {}, 'NotFoundError', 'model_not_found'],
      [client, script('too-long'), {}, 'BadRequestError', 'context_length_exceeded'],
      [client, script('text'), { previous_response_id: 'resp_0' }, 'BadRequestError', 'previous_response_not_found'],
      [client, script('broke'), {}, 'RateLimitError', 'insufficient_quota'],
    ])
      for (const stream of [false, true]) {
        const error = await thrownBy(asked.responses.create({ model, input: PROMPT, stream, ...fields }));
        assert.deepEqual([error.constructor.name, error.code], [name, code]);
      }
  });
}

/** Reads a stream that breaks, and lets it break once its first text or call was seen. */
async function readBroken(stream, { release }) {
  const events = [];
  const read = async () => {
    for await (const event of stream) {
      events.push(event);
      if (event.type.endsWith('.delta')) await release();
    }
    // The loop over a ResponseStream of openai 6 may end without an error.
    await stream.finalResponse?.();
  };
  return { error: await thrownBy(read()), events };
}

export function checkBrokenResponses(OpenAI, { responses }) {
  it('responses: an error in the stream', async () => {
    for (const [scenario, code, message] of BREAKS)
      for (const ask of [
        (request) => responses.create({ ...request, stream: true }),
        (request) => responses.stream(request),
      ]) {
        const broken = script(scenario);
        const { error, events } = await readBroken(await ask({ model: broken.model, input: PROMPT }), broken);
        assert(error instanceof OpenAI.APIError);
        assert.equal(error.code, code ?? 'server_error');
        assert.match(error.message, message);
        assert.equal(
          events.map(({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')).join(''),
          'Hel',
        );
        assert.equal((await broken.requests()).length, 1);
      }
  });

  it('responses: a call that is cut is never done', async () => {
    const cut = script('cut-call');
    const stream = await responses.create({ model: cut.model, input: PROMPT, tools: [WEATHER_TOOL], stream: true });
    const { error, events } = await readBroken(stream, cut);
    assert.equal(error.code, 'stream_broken');
    assert.deepEqual(
      events.filter(({ type }) => type.endsWith('.done')),
      [],
    );
  });
}
