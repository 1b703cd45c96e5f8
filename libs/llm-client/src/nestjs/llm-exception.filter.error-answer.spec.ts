import {
  LlmAbortError,
  LlmAuthenticationError,
  LlmContextLengthError,
  LlmError,
  LlmObjectError,
  LlmRateLimitError,
  LlmRequestError,
  LlmStreamBrokenError,
  LlmTimeoutError,
  LlmUnavailableError,
} from '../errors.js';
import { toErrorAnswer } from './llm-exception.filter.js';

describe(toErrorAnswer.name, () => {
  it.each<[string, LlmError, number, string, string | null]>([
    [
      'a rate limit',
      new LlmRateLimitError('x', { status: 429, code: 'queue_full' }),
      429,
      'rate_limit_error',
      'queue_full',
    ],
    ['a timeout', new LlmTimeoutError('x', { code: 'total_timeout' }), 504, 'timeout_error', 'total_timeout'],
    ['a long prompt', new LlmContextLengthError('x', { status: 413 }), 413, 'invalid_request_error', null],
    ['a wrong request', new LlmRequestError('x', { status: 422 }), 422, 'invalid_request_error', null],
    ['a wrong request without a status', new LlmRequestError('x'), 400, 'invalid_request_error', null],
    ['a redirect', new LlmRequestError('x', { status: 301 }), 400, 'invalid_request_error', null],
    [
      'a gateway out of reach',
      new LlmUnavailableError('x', { code: 'connection_failed' }),
      503,
      'upstream_error',
      'connection_failed',
    ],
    ['a busy gateway', new LlmUnavailableError('x', { status: 503 }), 503, 'upstream_error', null],
    ['a provider out of reach', new LlmUnavailableError('x', { status: 502 }), 502, 'upstream_error', null],
    ['a bug of the gateway', new LlmUnavailableError('x', { status: 500 }), 502, 'upstream_error', null],
    ['an answer that is not JSON', new LlmUnavailableError('x', { status: 200 }), 502, 'upstream_error', null],
    [
      'a broken stream',
      new LlmStreamBrokenError('x', { status: 200, code: 'stream_broken' }),
      502,
      'upstream_error',
      'stream_broken',
    ],
    ['an object that does not fit', new LlmObjectError('x', { text: '{', issues: [] }), 502, 'upstream_error', null],
    ['a stopped call', new LlmAbortError('x'), 499, 'request_aborted', null],
    ['another error', new LlmError('x', { status: 418 }), 502, 'upstream_error', null],
  ])('answers %s', (_, error, status, type, code) => {
    expect(toErrorAnswer(error)).toEqual({
      status,
      headers: {},
      body: { error: { message: 'x', type, param: null, code } },
    });
  });

  it('says nothing of the key that the gateway refused', () => {
    const error = new LlmAuthenticationError('Incorrect API key provided: sk-1.', {
      status: 401,
      code: 'invalid_api_key',
    });
    expect(toErrorAnswer(error)).toMatchObject({
      status: 502,
      body: {
        error: { message: 'The language models refused the key of this service.', code: 'upstream_auth_error' },
      },
    });
  });

  it('names the field of a wrong request', () => {
    const { body } = toErrorAnswer(new LlmRequestError('x', { status: 400, param: 'messages.0.role' }));
    expect(body.error.param).toBe('messages.0.role');
  });

  it.each([
    new LlmRateLimitError('x', { retryAfterMs: 1_200, requestId: 'id' }),
    new LlmUnavailableError('x', { retryAfterMs: 1_200, requestId: 'id' }),
  ])('says when to try again after $name, in whole seconds', (error) => {
    expect(toErrorAnswer(error).headers).toEqual({ 'retry-after': '2', 'x-request-id': 'id' });
  });
});
