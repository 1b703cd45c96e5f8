import { readOpenAiError } from './read-openai-error.js';

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
    expect(readOpenAiError('p', 400, JSON.stringify(body))).toMatchObject(expected);
  });

  it.each([['<html>nginx at gpu-box-7</html>'], [''], ['upstream connect error'], ['{"error":'], ['null']])(
    'says nothing for %j',
    (body) => {
      const read = readOpenAiError('p', 502, body);
      expect(read).toEqual({ message: undefined, type: null, code: null, param: null });
    },
  );

  it('leaves the status to the HTTP answer', () => {
    expect(readOpenAiError('p', 400, '{"error":{"message":"a","code":429}}')).not.toHaveProperty('status');
  });

  it.each([400, 413, 422])(
    'knows under status %i that the prompt does not fit, by the words of the server',
    (status) => {
      const message = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.";
      const body = JSON.stringify({ object: 'error', message, type: 'BadRequestError', code: status });
      const expected = { status: 400, code: 'context_length_exceeded', message, type: 'BadRequestError' };
      expect(readOpenAiError('p', status, body)).toMatchObject(expected);
    },
  );

  it('takes advice to send less for what it is: a limit over time', () => {
    const error = { message: 'Please reduce the length of the messages.', code: 'rate_limit_exceeded' };
    const read = readOpenAiError('p', 429, JSON.stringify({ error }));
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
    expect(readOpenAiError('p', status, JSON.stringify({ error }))).toMatchObject(expected);
  });

  it('tells how long the body asks to wait', () => {
    const message = 'Rate limit reached. Please try again in 1m2s.';
    expect(readOpenAiError('p', 429, JSON.stringify({ error: { message } }))).toMatchObject({ retryAfterMs: 62_000 });
  });

  describe('inside a 200', () => {
    it.each<[string, unknown, object]>([
      [
        'the status that the body names',
        { error: { message: 'Slow down.', code: 429 } },
        { message: 'Slow down.', status: 429 },
      ],
      [
        '400 for a bad request',
        { error: { message: 'No.', type: 'invalid_request_error' } },
        { status: 400, type: 'invalid_request_error' },
      ],
      [
        '400 for a prompt that does not fit',
        { error: { message: 'prompt is too long: 9 tokens > 8 maximum' } },
        { status: 400, code: 'context_length_exceeded' },
      ],
      [
        '429 for a quota that is spent, and the time to wait',
        { error: { message: 'No quota. Please try again in 2s.', code: 'insufficient_quota' } },
        { status: 429, code: 'insufficient_quota', retryAfterMs: 2_000 },
      ],
      ['502 where it names none', { error: 'No.' }, { message: 'No.', status: 502 }],
    ])('is an error of %s', (_what, body, expected) => {
      expect(readOpenAiError('p', 200, JSON.stringify(body))).toMatchObject(expected);
    });

    it.each([['{"choices":[]}'], ['[]'], ['<html>'], ['']])('finds none in %j', (body) => {
      expect(readOpenAiError('p', 200, body)).toEqual({});
    });
  });
});
