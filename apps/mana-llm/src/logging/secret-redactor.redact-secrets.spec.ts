import { UpstreamError } from '@mana-llm/llm-providers';
import { redactSecrets, redactText } from './secret-redactor.js';

describe(redactText.name, () => {
  it.each([
    ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [redacted]'],
    ['basic dXNlcjpwYXNzd29yZA==', 'basic [redacted]'],
    ['Incorrect API key provided: sk-proj-abcdef123456.', 'Incorrect API key provided: [redacted].'],
    ['gsk_abcdefghijklmnop was refused', '[redacted] was refused'],
    ['AIzaSyAbcdefghijklmnop', '[redacted]'],
    ['connect to redis://user:pa55@cache:6379 failed', 'connect to redis://[redacted]@cache:6379 failed'],
    ['GET /v1beta/models?key=abc123&alt=sse', 'GET /v1beta/models?key=[redacted]&alt=sse'],
  ])('%s becomes %s', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  it('leaves other texts alone', () => {
    const text = 'POST /v1/chat/completions: ollama/gemma3:4b at http://localhost:11434 took 12 ms, max_tokens=5';

    expect(redactText(text)).toBe(text);
  });
});

describe(redactSecrets.name, () => {
  it.each(['authorization', 'Authorization', 'x-api-key', 'apiKey', 'GROQ_API_KEY', 'API_KEYS', 'cookie', 'token'])(
    'hides what is under %s, at any depth',
    (key) => {
      expect(redactSecrets({ [key]: 'hunter2', request: { headers: [{ [key]: ['hunter2'] }] } })).toEqual({
        [key]: '[redacted]',
        request: { headers: [{ [key]: '[redacted]' }] },
      });
    },
  );

  it('shows fields that only sound like secrets', () => {
    const fields = {
      promptTokens: 3,
      completionTokens: 4,
      maxTokens: 5,
      keyVariable: 'GROQ_API_KEY',
      apiKey: undefined,
    };

    expect(redactSecrets(fields)).toEqual(fields);
  });

  it('tells an error with its code and cause, and nothing that a client library hung on it', () => {
    const cause = Object.assign(new Error('refused Bearer abcdef123456'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new TypeError('call failed', { cause }), { config: { headers: { secret: 'x' } } });

    expect(redactSecrets({ err: error })).toEqual({
      err: {
        type: 'TypeError',
        message: 'call failed',
        stack: expect.stringContaining('call failed'),
        cause: {
          type: 'Error',
          message: 'refused Bearer [redacted]',
          code: 'ECONNREFUSED',
          stack: expect.stringContaining('refused Bearer [redacted]'),
        },
      },
    });
  });

  it('tells a provider’s failure in our own words: by kind and status, without code and cause', () => {
    const fields = { provider: 'groq', status: 503, callerMessage: 'the prompt', code: 'the prompt' };
    const error = UpstreamError.refused({ ...fields, cause: new Error('the prompt') });

    expect(redactSecrets(error)).toEqual({
      type: 'UpstreamError',
      message: 'groq answered with status 503.',
      kind: 'refused',
      status: 503,
      stack: expect.not.stringContaining('the prompt'),
    });
  });

  it('ends at a bounded depth, also in circles', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;

    expect(JSON.stringify(redactSecrets(circle))).toBe(
      '{"name":"circle","self":{"name":"circle","self":{"name":"circle","self":{"name":"circle","self":{"name":"circle","self":"[deeper]"}}}}}',
    );
  });

  it.each([
    [1, 1],
    [null, null],
    [true, true],
    [10n, '10'],
    [new Date(0), new Date(0)],
  ])('gives %p as %p', (value, redacted) => {
    expect(redactSecrets(value)).toEqual(redacted);
  });
});
