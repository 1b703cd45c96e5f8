import { UpstreamError, type UpstreamErrorKind } from '@mana-llm/llm-providers';
import { type Failure, failureHeaders } from './failure.js';
import { fromUpstreamError } from './to-failure.js';

type Options = Partial<ConstructorParameters<typeof UpstreamError>[1]>;

const KEY = 'a-key-of-groq';
const redact = (text: string): string => text.replaceAll(KEY, '[redacted]');
/** The failure as a caller meets it: the time until a retry stands in the headers. */
type Answer = Omit<Failure, 'kind' | 'retryAfterMs'>;

function answerTo(options: Options): Answer {
  const error = new UpstreamError('It says no.', { provider: 'groq', kind: 'refused', ...options });
  const { kind: _kind, retryAfterMs: _retryAfterMs, ...told } = fromUpstreamError(error, redact);
  return { ...told, headers: failureHeaders(fromUpstreamError(error, redact)) };
}

const refusal = (status: number | undefined, options: Options = {}): Answer =>
  answerTo({ ...(status === undefined ? {} : { status }), ...options });

const NO_RETRY = { 'x-should-retry': 'false' };

describe(fromUpstreamError.name, () => {
  it.each([400, 413, 422])('keeps the status %s, its message, code and param', (status) => {
    expect(refusal(status, { code: 'context_length_exceeded', param: 'messages' })).toEqual({
      status,
      headers: {},
      message: 'It says no.',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    });
    expect(refusal(status)).toMatchObject({ param: null, code: null });
  });

  it('keeps 404: the model is not found, unless the provider says what is not', () => {
    expect(refusal(404)).toMatchObject({
      status: 404,
      message: 'It says no.',
      type: 'invalid_request_error',
      code: 'model_not_found',
    });
    expect(refusal(404, { code: 'file_not_found' }).code).toBe('file_not_found');
  });

  it.each([
    [
      401,
      'upstream_auth_error',
      "groq refused the gateway's own key. The gateway's operator must check the key and the account.",
    ],
    [
      403,
      'upstream_auth_error',
      "groq refused the gateway's own key. The gateway's operator must check the key and the account.",
    ],
    [402, 'upstream_billing_error', "groq requires payment. The gateway's operator must check the account."],
  ])('makes 502 of %s without the provider’s words, not to be retried', (status, code, message) => {
    expect(refusal(status, { code: 'theirs', param: 'theirs' })).toEqual({
      status: 502,
      headers: NO_RETRY,
      message,
      type: 'upstream_error',
      param: null,
      code,
    });
  });

  it.each<[number | undefined, string, string]>([
    [undefined, '1', '1000'],
    [0, '1', '0'],
    [1, '1', '1'],
    [999.6, '1', '1000'],
    [1001, '2', '1001'],
    [30_000, '30', '30000'],
  ])('keeps 429 with a retry-after of %s ms', (retryAfterMs, seconds, ms) => {
    expect(refusal(429, retryAfterMs === undefined ? {} : { retryAfterMs })).toEqual({
      status: 429,
      headers: { 'retry-after': seconds, 'retry-after-ms': ms },
      message: 'It says no.',
      type: 'rate_limit_error',
      param: null,
      code: 'rate_limit_exceeded',
    });
  });

  it('keeps the provider’s own code of a 429', () => {
    expect(refusal(429, { code: 'tokens_per_minute' })).toMatchObject({
      headers: { 'retry-after': '1', 'retry-after-ms': '1000' },
      code: 'tokens_per_minute',
    });
    expect(refusal(429, { code: 'tokens_per_minute' }).headers).not.toHaveProperty('x-should-retry');
  });

  it.each(['insufficient_quota', 'billing_hard_limit_reached'])(
    'tells no time and not the provider’s words for a 429 by %s',
    (code) => {
      const message = "The gateway's account at groq has no quota left. The gateway's operator must check the account.";
      expect(refusal(429, { code, retryAfterMs: 4_500 })).toEqual({
        status: 429,
        headers: NO_RETRY,
        message,
        type: 'rate_limit_error',
        param: null,
        code,
      });
    },
  );

  it('keeps 503, and its retry-after where it has one', () => {
    const said = { message: 'It says no.', type: 'upstream_error', param: null, code: null };
    expect(refusal(503)).toEqual({ status: 503, headers: {}, ...said });
    expect(refusal(503, { retryAfterMs: 5000 })).toEqual({
      status: 503,
      headers: { 'retry-after': '5', 'retry-after-ms': '5000' },
      ...said,
    });
  });

  it('names the 503 of a model that is not there yet, and no code of a provider', () => {
    expect(refusal(503, { code: 'model_loading' }).code).toBe('model_loading');
    expect(refusal(503, { code: 'theirs' }).code).toBeNull();
  });

  it.each([408, 504])('makes 504 of %s', (status) => {
    expect(refusal(status)).toEqual({
      status: 504,
      headers: {},
      message: 'It says no.',
      type: 'timeout_error',
      param: null,
      code: 'upstream_timeout',
    });
  });

  it.each([undefined, 302, 405, 409, 410, 415, 418, 425, 451, 499, 500, 501, 502, 505, 520, 529, 599])(
    'makes 502 of a refusal with status %s, without its code',
    (status) => {
      expect(refusal(status, { code: 'theirs' })).toEqual({
        status: 502,
        headers: {},
        message: 'It says no.',
        type: 'upstream_error',
        param: null,
        code: null,
      });
    },
  );

  it.each(['connect', 'first_token', 'idle', 'total'] as const)('names the %s timeout', (phase) => {
    expect(answerTo({ kind: 'timeout', phase })).toEqual({
      status: 504,
      headers: {},
      message: 'It says no.',
      type: 'timeout_error',
      param: null,
      code: `${phase}_timeout`,
    });
  });

  it('takes a timeout without a phase for the total one', () => {
    expect(answerTo({ kind: 'timeout' }).code).toBe('total_timeout');
  });

  it.each<UpstreamErrorKind>(['connection_failed', 'bad_response', 'stream_broken', 'empty_response'])(
    'makes 502 of %s',
    (kind) => {
      expect(answerTo({ kind })).toEqual({
        status: 502,
        headers: {},
        message: 'It says no.',
        type: 'upstream_error',
        param: null,
        code: kind,
      });
    },
  );

  it.each([
    [500, 502],
    [503, 503],
    [529, 502],
    [504, 504],
    [429, 429],
  ])('says when to come again where the provider does: %i, which is %i here', (status, own) => {
    expect(refusal(status, { retryAfterMs: 4_500 })).toMatchObject({
      status: own,
      headers: { 'retry-after': '5', 'retry-after-ms': '4500' },
    });
  });

  it('does not ask for a retry that cannot help', () => {
    expect(refusal(402, { retryAfterMs: 4_500 }).headers).toEqual({ 'x-should-retry': 'false' });
  });

  describe('where it quotes the provider', () => {
    const told = (field: 'callerMessage' | 'code' | 'param', text: string): string | null => {
      const { message, code, param } = refusal(400, { [field]: text });
      return { callerMessage: message, code, param }[field];
    };

    it.each(['callerMessage', 'code', 'param'] as const)(
      'replaces secrets in its %s, known and unknown ones',
      (field) => {
        const text = `it has ${KEY} and sk-abcdef123456 at http://10.0.0.1:8080/v1`;
        expect(told(field, text)).toBe('it has [redacted] and [key] at [address]');
      },
    );

    it('replaces a secret before an address is left out, or the text is cut', () => {
      expect(told('callerMessage', `${'x'.repeat(1_990)}${KEY}`)).toBe(`${'x'.repeat(1_990)}[redacted]`);
      expect(told('code', `${'x'.repeat(195)}${KEY}`)).toBe(`${'x'.repeat(195)}[red…`);
    });

    it.each([
      ['callerMessage', 2_001],
      ['code', 200],
      ['param', 200],
    ] as const)('bounds its %s', (field, length) => {
      expect(told(field, 'x'.repeat(64 * 1024))).toHaveLength(length);
    });

    it('tells our own words where the provider has none', () => {
      expect(refusal(500, { callerMessage: 'It is broken.' }).message).toBe('It is broken.');
      expect(refusal(500).message).toBe('It says no.');
    });
  });

  it('fails loudly at a kind that it does not know', () => {
    expect(() => answerTo({ kind: 'new' as UpstreamErrorKind })).toThrow('unknown kind of upstream error: new');
  });
});
