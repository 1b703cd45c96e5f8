import { ApiError } from './api-error.js';

describe(ApiError.name, () => {
  it('is complete though nothing but a message is said', () => {
    expect(new ApiError(404, 'Not here.')).toMatchObject({
      name: 'ApiError',
      status: 404,
      message: 'Not here.',
      type: 'invalid_request_error',
      param: null,
      code: null,
      headers: {},
      retryAfterMs: undefined,
      details: undefined,
    });
  });

  it('carries type, code, param, headers, the time until a retry, details and cause', () => {
    const cause = new Error('why');
    const said = {
      type: 'upstream_error',
      code: 'c',
      param: 'p',
      headers: { 'x-should-retry': 'true' },
      retryAfterMs: 1_500,
      details: { attempts: [{ model: 'm', reason: 'r' }] },
      cause,
    };
    expect(new ApiError(503, 'All failed.', said)).toMatchObject({ status: 503, message: 'All failed.', ...said });
  });

  it.each([
    [ApiError.invalidRequest('No.'), { param: null, code: null }],
    [ApiError.invalidRequest('No.', 'messages[0]'), { param: 'messages[0]', code: null }],
    [ApiError.invalidRequest('No.', null, 'context_length_exceeded'), { param: null, code: 'context_length_exceeded' }],
  ])('is a 400 for a field of the request (%#)', (error, expected) => {
    expect(error).toMatchObject({ status: 400, message: 'No.', type: 'invalid_request_error', ...expected });
  });
});
