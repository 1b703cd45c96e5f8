import { errorFromFrame, errorFromResponse } from './error-from-answer.js';

function answer(status: number, error: Record<string, unknown>, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ error }), { status, headers: { 'x-request-id': 'r1', ...headers } });
}

describe(errorFromResponse.name, () => {
  it.each([
    [400, null, 'LlmRequestError'],
    [400, 'content_filter', 'LlmRequestError'],
    [400, 'context_length_exceeded', 'LlmContextLengthError'],
    [401, 'invalid_api_key', 'LlmAuthenticationError'],
    [403, 'host_not_allowed', 'LlmAuthenticationError'],
    [404, 'model_not_found', 'LlmRequestError'],
    [408, 'request_timeout', 'LlmTimeoutError'],
    [413, 'request_too_large', 'LlmRequestError'],
    [422, null, 'LlmRequestError'],
    [429, 'queue_full', 'LlmRateLimitError'],
    [429, 'insufficient_quota', 'LlmRateLimitError'],
    [500, 'internal_error', 'LlmUnavailableError'],
    [502, 'connection_failed', 'LlmUnavailableError'],
    [503, 'no_candidate_left', 'LlmUnavailableError'],
    [504, 'first_token_timeout', 'LlmTimeoutError'],
  ])('makes of %d %s a %s', async (status, code, name) => {
    const error = await errorFromResponse(answer(status, { message: 'Why.', code }));
    expect(error).toMatchObject({ name, message: 'Why.', status, code, requestId: 'r1' });
  });

  it.each([
    ['connect_timeout', 'connect'],
    ['first_token_timeout', 'first_token'],
    ['idle_timeout', 'idle'],
    ['total_timeout', 'total'],
    ['upstream_timeout', 'upstream'],
  ])('says for %s that the limit was %s', async (code, which) => {
    expect(await errorFromResponse(answer(504, { message: 'Late.', code }))).toMatchObject({ which });
  });

  it('reads how long to wait, in milliseconds before seconds', async () => {
    const error = { message: 'Slow down.', code: 'rate_limit_exceeded' };
    expect(await errorFromResponse(answer(429, error, { 'retry-after': '2' }))).toMatchObject({ retryAfterMs: 2_000 });
    const both = { 'retry-after': '2', 'retry-after-ms': '1500' };
    expect(await errorFromResponse(answer(429, error, both))).toMatchObject({ retryAfterMs: 1_500 });
    expect(await errorFromResponse(answer(429, error))).toMatchObject({ retryAfterMs: undefined });
  });

  it('holds the candidates that were tried', async () => {
    const attempts = [{ model: 'groq/x', reason: 'timeout' }];
    const error = await errorFromResponse(answer(503, { message: 'None.', code: 'no_candidate_left', attempts }));
    expect(error).toMatchObject({ attempts });
  });

  it('holds the path of the field that is wrong', async () => {
    const error = await errorFromResponse(answer(400, { message: 'Bad.', param: 'messages[0].role' }));
    expect(error).toMatchObject({ param: 'messages[0].role' });
  });

  // The texts of llama.cpp's server, this gateway, OpenAI, Groq, Gemini and the embedded model.
  it.each([
    ['request (6010 tokens) exceeds the available context size (2048 tokens)', 6010, 2048],
    ['The prompt of 9000 tokens does not fit the context of 8192 tokens. Send less.', 9000, 8192],
    [
      "This model's maximum context length is 8,192 tokens. However, you requested 9000 tokens (8500 in the messages, 500 in the completion).",
      8500,
      8192,
    ],
    ['The input token count of 1196265 exceeds the limit of 1048575.', 1196265, 1048575],
    ["This needs 900 tokens, and the embedded model's context holds 512. Shorten messages.", 900, 512],
    ['Please reduce the length of the messages or completion.', undefined, undefined],
  ])('reads both numbers of "%s"', async (message, promptTokens, limit) => {
    const error = await errorFromResponse(answer(400, { message, code: 'context_length_exceeded' }));
    expect(error).toMatchObject({ name: 'LlmContextLengthError', promptTokens, limit });
  });

  it.each(['<html>Bad Gateway</html>', '', 'null', '[]', '{"error":"text"}'])(
    'answers for the body %p by the status alone',
    async (body) => {
      const error = await errorFromResponse(new Response(body, { status: 502 }));
      expect(error).toMatchObject({ name: 'LlmUnavailableError', status: 502, code: null });
      expect(error.message).toBe('The gateway answered 502 without an error that can be read.');
    },
  );
});

describe(errorFromFrame.name, () => {
  it('is a broken stream with the text so far', () => {
    const error = errorFromFrame({ message: 'Broke.', code: 'stream_broken' }, { partialText: 'Hel', status: 200 });
    expect(error).toMatchObject({ name: 'LlmStreamBrokenError', message: 'Broke.', partialText: 'Hel' });
  });

  it('is a timeout where a limit passed', () => {
    const error = errorFromFrame({ message: 'Late.', code: 'idle_timeout' }, { partialText: 'Hel' });
    expect(error).toMatchObject({ name: 'LlmTimeoutError', which: 'idle', partialText: 'Hel' });
  });
});
