import { readOpenAiError } from './from-openai-answer.js';

describe(readOpenAiError.name, () => {
  it.each<[string, unknown, object]>([
    [
      "OpenAI's",
      { error: { message: 'No.', type: 'invalid_request_error', param: 'model', code: 'model_not_found' } },
      { message: 'No.', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ],
    [
      'one with a numeric code',
      { error: { message: 'No.', code: 404 } },
      { message: 'No.', code: null, type: null, param: null },
    ],
    ["Ollama's", { error: 'No.' }, { message: 'No.' }],
    [
      "vLLM's",
      { object: 'error', message: 'No.', type: 'BadRequestError', code: 400 },
      { message: 'No.', type: 'BadRequestError' },
    ],
    ["FastAPI's", { detail: 'No.' }, { message: 'No.' }],
    [
      "Mistral's for unknown fields",
      { message: { detail: [{ type: 'extra_forbidden', msg: 'No.' }] } },
      { message: 'No.' },
    ],
    ["Google's list", [{ error: { code: 400, message: 'No.', status: 'INVALID_ARGUMENT' } }], { message: 'No.' }],
    ['JSON in JSON', { error: { message: '{"error":{"message":"No.","type":"t"}}' } }, { message: 'No.', type: 't' }],
    ['a text', 'No.', { message: 'No.' }],
    ['one without a message', { error: { type: 't' } }, { message: undefined }],
    ['an empty one', {}, { message: undefined }],
  ])('reads %s', (_shape, body, expected) => {
    expect(readOpenAiError(400, JSON.stringify(body))).toMatchObject(expected);
  });

  it.each([['<html>nginx at gpu-box-7</html>'], [''], ['upstream connect error'], ['{"error":'], ['null']])(
    'says nothing for %j',
    (body) => {
      const read = readOpenAiError(502, body);
      expect(read).toEqual({ message: undefined, type: null, code: null, param: null });
    },
  );

  it('leaves the status to the HTTP answer', () => {
    expect(readOpenAiError(400, '{"error":{"message":"a","code":429}}')).not.toHaveProperty('status');
  });

  it.each([400, 413, 422])(
    'knows under status %i that the prompt does not fit, by the words of the server',
    (status) => {
      const message = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.";
      const body = JSON.stringify({ object: 'error', message, type: 'BadRequestError', code: status });
      const expected = { status: 400, code: 'context_length_exceeded', message, type: 'BadRequestError' };
      expect(readOpenAiError(status, body)).toMatchObject(expected);
    },
  );

  it('takes advice to send less for what it is: a limit over time', () => {
    const error = { message: 'Please reduce the length of the messages.', code: 'rate_limit_exceeded' };
    const read = readOpenAiError(429, JSON.stringify({ error }));
    expect(read).toMatchObject({ code: 'rate_limit_exceeded' });
    expect(read).not.toHaveProperty('status');
  });

  it.each<[number, object, object]>([
    [
      413,
      { message: 'Request too large on tokens per minute (TPM).', type: 'tokens', code: 'rate_limit_exceeded' },
      { status: 429, code: 'rate_limit_exceeded', type: 'tokens' },
    ],
    [
      400,
      { message: 'Model Not Exist', type: 'invalid_request_error', code: 'invalid_request_error' },
      { status: 404, code: 'model_not_found', message: 'Model Not Exist' },
    ],
    [498, { message: 'Flex tier capacity exceeded.', type: 'capacity_exceeded' }, { status: 503, code: null }],
  ])('gives a %i that is about the provider the status that says so', (status, error, expected) => {
    expect(readOpenAiError(status, JSON.stringify({ error }))).toMatchObject(expected);
  });

  it('tells how long the body asks to wait', () => {
    const message = 'Rate limit reached. Please try again in 1m2s.';
    expect(readOpenAiError(429, JSON.stringify({ error: { message } }))).toMatchObject({ retryAfterMs: 62_000 });
  });
});
