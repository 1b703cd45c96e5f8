import { failure, failureHeaders, type FailureKind, retryHeaders } from './failure.js';

const NO = { message: 'No.', type: 'invalid_request_error' };

describe(failure.name, () => {
  it('has null where nothing was said', () => {
    expect(failure(400, NO)).toEqual({
      kind: 'invalid_request',
      status: 400,
      message: 'No.',
      type: 'invalid_request_error',
      param: null,
      code: null,
      headers: {},
    });
  });

  it('keeps what was said', () => {
    const said = { message: 'No.', type: 'x', code: 'c', param: 'p', headers: { a: 'b' }, retryAfterMs: 1 };
    expect(failure(429, said)).toEqual({ kind: 'rate_limit', status: 429, ...said });
    expect(failure(400, { ...said, kind: 'unreadable_request' }).kind).toBe('unreadable_request');
  });

  it.each<[number, string | null, FailureKind]>([
    [400, null, 'invalid_request'],
    [413, 'request_too_large', 'invalid_request'],
    [401, 'invalid_api_key', 'authentication'],
    [403, 'host_not_allowed', 'permission'],
    [404, 'model_not_found', 'not_found'],
    [429, 'queue_full', 'rate_limit'],
    [500, 'internal_error', 'internal'],
    [502, null, 'provider_failed'],
    [502, 'upstream_auth_error', 'provider_account'],
    [502, 'upstream_billing_error', 'provider_account'],
    [503, 'server_draining', 'unavailable'],
    [503, 'breaker_open', 'no_provider'],
    [503, 'no_candidate_left', 'no_provider'],
    [504, 'idle_timeout', 'timeout'],
    [400, 'content_filter', 'blocked'],
    [400, 'capability_missing', 'capability'],
  ])('is of one kind: %s %s is %s', (status, code, kind) => {
    expect(failure(status, { ...NO, code }).kind).toBe(kind);
  });
});

describe(failureHeaders.name, () => {
  it('has the headers, and the time until a retry where it is known', () => {
    const headers = { allow: 'GET' };
    expect(failureHeaders(failure(405, { ...NO, headers }))).toEqual(headers);
    expect(failureHeaders(failure(429, { ...NO, headers, retryAfterMs: 1_500 }))).toEqual({
      allow: 'GET',
      'retry-after': '2',
      'retry-after-ms': '1500',
    });
  });
});

describe(retryHeaders.name, () => {
  it.each([
    [0, '1', '0'],
    [400, '1', '400'],
    [1_000, '1', '1000'],
    [1_000.6, '2', '1001'],
    [1_001, '2', '1001'],
    [60_000, '60', '60000'],
  ])('asks for %s ms in whole seconds, never too few, and exactly', (retryAfterMs, seconds, ms) => {
    expect(retryHeaders(retryAfterMs)).toEqual({ 'retry-after': seconds, 'retry-after-ms': ms });
  });
});
