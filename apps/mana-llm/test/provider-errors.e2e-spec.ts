import { json, openAiError, type Reply, sse, sseStream } from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError } from './support/expect-error.js';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';
const INVALID: ExpectedError = { type: 'invalid_request_error' };

describe('what a provider refuses', () => {
  const scene = useScene();

  const NO_RETRY = { 'x-should-retry': 'false' };
  const TABLE: [number, number, ExpectedError, Record<string, string>][] = [
    [400, 400, { ...INVALID, message: 'No.' }, {}],
    [404, 404, { ...INVALID, message: 'No.' }, {}],
    [413, 413, { ...INVALID, message: 'No.' }, {}],
    [422, 422, { ...INVALID, message: 'No.' }, {}],
    [401, 502, { type: 'upstream_error', code: 'upstream_auth_error' }, NO_RETRY],
    [403, 502, { type: 'upstream_error', code: 'upstream_auth_error' }, NO_RETRY],
    [402, 502, { type: 'upstream_error', code: 'upstream_billing_error' }, NO_RETRY],
    [429, 429, { type: 'rate_limit_error', message: 'No.' }, { 'retry-after': '1' }],
    [503, 503, { type: 'upstream_error' }, {}],
    [500, 502, { type: 'upstream_error', code: null }, {}],
    [502, 502, { type: 'upstream_error', code: null }, {}],
    [418, 502, { type: 'upstream_error', code: null }, {}],
    [408, 504, { type: 'timeout_error' }, {}],
    [504, 504, { type: 'timeout_error' }, {}],
  ];

  it.each(TABLE)(
    'with %i is %i to the client, buffered and streamed',
    async (upstreamStatus, status, expected, headers) => {
      scene.upstream.on('POST', CHAT, json(upstreamStatus, openAiError('No.')));
      for (const stream of [false, true]) {
        const response = await scene.chat({ model: 'openai/m', stream });
        for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value);
        await expectError(response, status, expected);
      }
    },
  );

  it.each(TABLE)('with %i is %i to the client when it is Ollama', async (upstreamStatus, status, expected) => {
    scene.upstream.on('POST', '/api/chat', json(upstreamStatus, { error: 'No.' }));
    await expectError(await scene.chat({ model: 'ollama/m' }), status, expected);
  });

  it('has its retry-after kept', async () => {
    scene.upstream.on(
      'POST',
      CHAT,
      json(429, openAiError('Slow down.'), { 'retry-after': '7' }),
      json(503, openAiError('Down.'), { 'retry-after': '8' }),
    );
    const limited = await scene.chat({ model: 'openai/limited' });
    expect(limited.headers.get('retry-after')).toBe('7');
    expect(limited.headers.get('retry-after-ms')).toBe('7000');
    await expectError(limited, 429);
    const down = await scene.chat({ model: 'openai/down' });
    expect(down.headers.get('retry-after')).toBe('8');
    await expectError(down, 503);
  });

  it('because Ollama does not have the model is a 404', async () => {
    scene.upstream.on('POST', '/api/chat', json(404, { error: "model 'nosuch' not found" }));
    await expectError(await scene.chat({ model: 'ollama/nosuch' }), 404, {
      ...INVALID,
      code: 'model_not_found',
      message: 'nosuch',
    });
  });

  it('because the prompt does not fit is context_length_exceeded, with both numbers', async () => {
    const nested = {
      error: {
        code: 400,
        message: 'request (6010 tokens) exceeds the available context size (2048 tokens), try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 6010,
        n_ctx: 2048,
      },
    };
    scene.upstream.on('POST', '/api/chat', json(400, { error: JSON.stringify(nested) }));
    const error = await expectError(await scene.chat({ model: 'ollama/m' }), 400, {
      ...INVALID,
      code: 'context_length_exceeded',
    });
    expect(error.message).toMatch(/6010/);
    expect(error.message).not.toContain('{');
  });

  it('with a key of ours in its words does not show it', async () => {
    const refused = json(400, openAiError('Incorrect API key provided: sk-openai-secret.'));
    scene.upstream.on('POST', CHAT, refused, json(400, openAiError('The key sk-openai-secret may not stream.')));
    await expectError(await scene.chat({ model: 'openai/m' }), 502, { code: 'upstream_auth_error' });
    await expectError(await scene.chat({ model: 'openai/m' }), 400);
  });

  it('with a page instead of an error is told without the page', async () => {
    const page: Reply = ({ response }) =>
      void response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>Bad gateway</h1></html>');
    scene.upstream.on('POST', CHAT, page);
    const error = await expectError(await scene.chat({ model: 'openai/m' }), 502, { type: 'upstream_error' });
    expect(error.message).not.toContain('<html>');
  });
});

describe('a refusal that does not mean what its status says', () => {
  const scene = useScene();
  const AUTH: ExpectedError = { type: 'upstream_error', code: 'upstream_auth_error' };
  const BILLING: ExpectedError = { type: 'upstream_error', code: 'upstream_billing_error' };
  const NO_RETRY = { 'x-should-retry': 'false', 'retry-after': null };
  const TPM =
    'Request too large for model `x` in organization `org_01kgg5588eftc8k` on tokens per minute (TPM): Limit 6000';
  const BAD_KEY = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' };

  interface Case {
    said: number;
    body: unknown;
    status: number;
    expected: ExpectedError;
    headers?: Record<string, string | null>;
  }

  const CASES: [string, Case][] = [
    [
      'a model that is taken away',
      {
        said: 400,
        body: openAiError('The model `x` has been decommissioned and is no longer supported.', {
          code: 'model_decommissioned',
        }),
        status: 404,
        expected: { ...INVALID, code: 'model_not_found', message: 'decommissioned' },
      },
    ],
    [
      'a model that was never there',
      {
        said: 400,
        body: openAiError('Model Not Exist'),
        status: 404,
        expected: { ...INVALID, code: 'model_not_found' },
      },
    ],
    [
      'the tokens of a minute',
      {
        said: 413,
        body: openAiError(TPM, { type: 'tokens', code: 'rate_limit_exceeded' }),
        status: 429,
        expected: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: /^(?!.*org_01).*Limit 6000/ },
        headers: { 'retry-after': '1', 'x-should-retry': null },
      },
    ],
    [
      'a quota that is spent',
      {
        said: 429,
        body: openAiError('You exceeded your current quota.', { type: 'insufficient_quota' }),
        status: 429,
        expected: { type: 'rate_limit_error', code: 'insufficient_quota', message: 'operator' },
        headers: NO_RETRY,
      },
    ],
    [
      'a key that is refused',
      {
        said: 400,
        body: [{ error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT', details: [BAD_KEY] } }],
        status: 502,
        expected: { ...AUTH, message: 'operator' },
        headers: NO_RETRY,
      },
    ],
    [
      'an account without money',
      {
        said: 400,
        body: openAiError('Your credit balance is too low to access the Anthropic API.', {
          type: 'invalid_request_error',
        }),
        status: 502,
        expected: { ...BILLING, message: 'operator' },
        headers: NO_RETRY,
      },
    ],
    [
      'no room in its tier',
      {
        said: 498,
        body: openAiError('Flex tier capacity exceeded, try again later', { type: 'capacity_exceeded' }),
        status: 503,
        expected: { type: 'upstream_error', message: 'capacity' },
      },
    ],
    [
      'content that it does not take',
      {
        said: 403,
        body: { code: 'permission-denied', error: 'Content violates usage guidelines.' },
        status: 400,
        expected: { ...INVALID, code: 'content_filter', message: 'usage guidelines' },
        headers: { 'x-should-retry': null },
      },
    ],
  ];

  const expectCase = async (response: Response, { status, expected, headers = {} }: Case): Promise<void> => {
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value);
    await expectError(response, status, expected);
  };

  it.each(CASES)('is told for what it is: %s, buffered and streamed', async (_what, refusal) => {
    scene.upstream.on('POST', CHAT, json(refusal.said, refusal.body));
    for (const stream of [false, true]) await expectCase(await scene.chat({ model: 'openai/m', stream }), refusal);
  });

  it.each(CASES.filter(([, { said, body }]) => said !== 498 && !Array.isArray(body)))(
    'is told for what it is inside a 200, and as the first event of a stream: %s',
    async (_what, refusal) => {
      scene.upstream.on('POST', CHAT, json(200, refusal.body), sseStream(sse(refusal.body as object)));
      for (const stream of [false, true]) await expectCase(await scene.chat({ model: 'openai/m', stream }), refusal);
    },
  );

  it('is not found in a mistake of the caller, whose words are quoted', async () => {
    scene.upstream.on('POST', CHAT, json(400, openAiError("Invalid value: 'Model Not Exist'.", { param: 'stop' })));
    await expectError(await scene.chat({ model: 'openai/m' }), 400, { ...INVALID, param: 'stop' });
  });
});

describe('how long a provider asks to wait', () => {
  const scene = useScene();
  const RETRY_INFO = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '26.660853464s' };
  const google = [
    { error: { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED', details: [RETRY_INFO] } },
  ];
  const groq = openAiError('Rate limit reached. Please try again in 9m38.016s.', { code: 'rate_limit_exceeded' });

  it.each<[string, Reply, string]>([
    ['by a field of the body', json(429, google), '27'],
    ['by the words of the body', json(429, groq), '579'],
    ['by a header, whatever the body says', json(429, groq, { 'retry-after': '7' }), '7'],
    ['by the words of a first event', sseStream(sse(groq)), '579'],
    ['for decades', json(429, openAiError('No.'), { 'retry-after': '1800000000000000' }), '86400'],
    [
      'until a date far away',
      json(503, openAiError('No.'), { 'retry-after': 'Sun, 01 Mar 2099 12:00:00 GMT' }),
      '86400',
    ],
  ])('is the retry-after: %s', async (what, reply, seconds) => {
    scene.upstream.on('POST', CHAT, reply);
    // A model that is to rest is none of another test's.
    const response = await scene.chat({ model: `openai/${what.replaceAll(' ', '-')}`, stream: true });
    expect(response.headers.get('retry-after')).toBe(seconds);
    expect(Number(response.headers.get('retry-after-ms'))).toBeLessThanOrEqual(86_400_000);
    await response.text();
  });

  it('is told as a time where the header holds a date as a number', async () => {
    const inTwentySeconds = String(Math.floor(Date.now() / 1000) + 20);
    scene.upstream.on('POST', CHAT, json(429, openAiError('No.'), { 'retry-after': inTwentySeconds }));
    for (const response of [await scene.chat({ model: 'openai/epoch' }), await scene.chat({ model: 'openai/epoch' })]) {
      const seconds = Number(response.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(20);
      await expectError(response, 429);
    }
  });
});

describe('a provider that is slow or not there', () => {
  const scene = useScene({
    yaml: [
      'timeouts: { firstTokenMs: 150, totalMs: 300, idleMs: 150 }',
      'providers:',
      '  dead:',
      '    kind: openai-compatible',
      '    baseUrl: http://127.0.0.1:9/v1',
      '    timeouts: { firstTokenMs: 60000, totalMs: 60000 }',
    ].join('\n'),
  });
  const silent: Reply = ({ request }) => request.gone;

  it('is a 502 without its address when nobody listens', async () => {
    const error = await expectError(await scene.chat({ model: 'dead/m' }), 502, {
      type: 'upstream_error',
      code: 'connection_failed',
      message: 'dead',
    });
    expect(error.message).not.toMatch(/:9|ECONNREFUSED 127/);
  });

  it('is a 504 when it says nothing, and is asked no more', async () => {
    scene.upstream.on('POST', CHAT, silent);
    for (const stream of [false, true]) {
      await expectError(await scene.chat({ model: 'openai/m', stream }), 504, { type: 'timeout_error' });
    }
    await Promise.all(scene.upstream.requestsTo(CHAT).map(({ gone }) => gone));
  });
});
