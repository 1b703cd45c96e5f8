import { EmptyAnswerError, UpstreamError } from '@mana-llm/llm-providers';
import { ApiError } from '@mana-llm/openai-api';
import {
  BadRequestException,
  HttpException,
  InternalServerErrorException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { loggedErrorCode, toFailure } from './to-failure.js';

const INTERNAL = {
  kind: 'internal',
  status: 500,
  headers: {},
  message: 'The gateway failed to handle this request. Its log tells more under this request id.',
  type: 'server_error',
  param: null,
  code: 'internal_error',
};

const withStatus = (status: unknown, message = 'Said by a middleware.'): Error =>
  Object.assign(new Error(message), { status });

describe(toFailure.name, () => {
  it('gives an ApiError as it is, details and headers included', () => {
    const said = {
      type: 'upstream_error',
      code: 'no_candidate_left',
      param: 'model',
      details: { attempts: [{ model: 'groq/x', reason: 'timeout' }] },
      headers: { a: 'b' },
      retryAfterMs: 2_000,
    };
    expect(toFailure(new ApiError(503, 'None left.', said))).toEqual({
      kind: 'no_provider',
      status: 503,
      message: 'None left.',
      ...said,
    });
  });

  it('gives an UpstreamError, subclasses too, by the table of upstream failures', () => {
    const refused = new UpstreamError('Too fast.', { provider: 'groq', kind: 'refused', status: 429 });
    expect(toFailure(refused)).toMatchObject({ status: 429, retryAfterMs: 1_000 });
    expect(toFailure(new EmptyAnswerError('groq', {}))).toMatchObject({ status: 502 });
  });

  it.each([
    [new BadRequestException('No.'), 400, 'No.'],
    [new HttpException('A teapot.', 418), 418, 'A teapot.'],
    [new BadRequestException("Failed to decode param '%E0'"), 400, "Failed to decode param '%E0'"],
    [withStatus(400), 400, 'Said by a middleware.'],
    [withStatus(499), 499, 'Said by a middleware.'],
  ])('keeps the status and the message of %s', (error, status, message) => {
    expect(toFailure(error)).toEqual({
      kind: 'invalid_request',
      status,
      headers: {},
      message,
      type: 'invalid_request_error',
      param: null,
      code: null,
    });
  });

  it.each([
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'secret')")],
    ['a failure of Nest', new InternalServerErrorException('secret')],
    ['an unavailable service', new ServiceUnavailableException('secret')],
    ['a middleware’s 500', withStatus(500, 'secret')],
    ['a status that is none', withStatus(200, 'secret')],
    ['a status that is text', withStatus('404', 'secret')],
    ['a plain object', { status: 400, message: 'secret' }],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['null', null],
  ])('says nothing of %s', (_what, error) => {
    expect(toFailure(error)).toEqual(INTERNAL);
  });
});

describe(loggedErrorCode.name, () => {
  const refused = (status: number, code?: string): UpstreamError =>
    UpstreamError.refused({ provider: 'groq', status, code });

  it.each([
    [new ApiError(401, 'No.', { code: 'invalid_api_key' }), 'invalid_api_key'],
    [new ApiError(400, 'No.'), 'invalid_request_error'],
    [new TypeError('a bug'), 'internal_error'],
    [new UpstreamError('No.', { provider: 'groq', kind: 'stream_broken' }), 'stream_broken'],
    [refused(401, 'the prompt'), 'upstream_auth_error'],
    [refused(400, 'context_length_exceeded'), 'context_length_exceeded'],
    [refused(404), 'model_not_found'],
    [refused(429), 'rate_limit_exceeded'],
    [refused(429, 'insufficient_quota'), 'insufficient_quota'],
    [refused(503, 'model_loading'), 'model_loading'],
    [refused(500, 'the prompt'), 'upstream_error'],
  ])('has the code of %s', (error, code) => {
    expect(loggedErrorCode(error, toFailure(error))).toBe(code);
  });

  it.each([
    [400, 'invalid_request_error'],
    [404, 'invalid_request_error'],
    [429, 'rate_limit_error'],
  ])('has the type of a %i whose code only the provider knows', (status, type) => {
    for (const code of ['the prompt', 'at http://10.0.0.1', 'x'.repeat(300)]) {
      const error = refused(status, code);
      expect(loggedErrorCode(error, toFailure(error))).toBe(type);
    }
  });
});
