import { openAiError } from './openai-error.js';

describe(openAiError.name, () => {
  it('has all four fields, null where nothing was said', () => {
    expect(openAiError(400, { message: 'No.', type: 'invalid_request_error' })).toEqual({
      status: 400,
      headers: {},
      body: { error: { message: 'No.', type: 'invalid_request_error', param: null, code: null } },
    });
  });

  it('keeps what was said', () => {
    const said = { message: 'No.', type: 'x', code: 'c', param: 'p' };
    expect(openAiError(429, said, { 'retry-after': '1' })).toEqual({
      status: 429,
      headers: { 'retry-after': '1' },
      body: { error: said },
    });
  });
});
