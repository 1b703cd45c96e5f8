import { ApiError } from './api-error.js';

describe(ApiError.name, () => {
  it("has OpenAI's body, complete though nothing but a message is said", () => {
    const error = new ApiError(404, 'Not here.');
    expect(error).toMatchObject({ name: 'ApiError', status: 404, message: 'Not here.', headers: {} });
    expect(error.body).toEqual({
      error: { message: 'Not here.', type: 'invalid_request_error', param: null, code: null },
    });
  });

  it('carries type, code, param, headers, details and cause', () => {
    const cause = new Error('why');
    const error = new ApiError(503, 'All failed.', {
      type: 'upstream_error',
      code: 'c',
      param: 'p',
      headers: { 'retry-after': '1' },
      details: { attempts: [{ model: 'm', reason: 'r' }] },
      cause,
    });
    expect(error.body).toEqual({
      error: {
        message: 'All failed.',
        type: 'upstream_error',
        param: 'p',
        code: 'c',
        attempts: [{ model: 'm', reason: 'r' }],
      },
    });
    expect(error).toMatchObject({ headers: { 'retry-after': '1' }, cause });
  });

  it.each([
    [ApiError.invalidRequest('No.'), { param: null, code: null }],
    [ApiError.invalidRequest('No.', 'messages[0]'), { param: 'messages[0]', code: null }],
    [ApiError.invalidRequest('No.', null, 'context_length_exceeded'), { param: null, code: 'context_length_exceeded' }],
  ])('is a 400 for a field of the request (%#)', (error, expected) => {
    expect(error.status).toBe(400);
    expect(error.body.error).toEqual({ message: 'No.', type: 'invalid_request_error', ...expected });
  });
});
