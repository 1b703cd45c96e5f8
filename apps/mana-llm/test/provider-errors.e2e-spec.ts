import { json, openAiError, type Reply } from '@mana-llm/llm-providers/testing';
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
    scene.upstream.on('POST', CHAT, json(400, openAiError('Incorrect API key provided: sk-openai-secret.')));
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

describe('a provider that is slow or not there', () => {
  const scene = useScene({
    yaml: [
      'timeouts: { firstTokenMs: 150, totalMs: 300, idleMs: 150 }',
      'providers:',
      '  dead: { kind: openai-compatible, baseUrl: http://127.0.0.1:9/v1 }',
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
