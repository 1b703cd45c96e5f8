import { gzipSync } from 'node:zlib';
import { json, ollamaCompletion, openAiCompletion, openAiError, type Reply } from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError } from './support/expect-error.js';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';
const INVALID: ExpectedError = { type: 'invalid_request_error' };
const hi = [{ role: 'user', content: 'Hi' }];

describe('a request that is wrong', () => {
  const scene = useScene();

  it.each<[string, object, string]>([
    ['no messages', {}, 'messages'],
    ['empty messages', { messages: [] }, 'messages'],
    ['messages that are no list', { messages: 'hi' }, 'messages'],
    ['a message without a role', { messages: [{ content: 'hi' }] }, 'messages[0].role'],
    ['an unknown role', { messages: [...hi, { role: 'robot', content: 'hi' }] }, 'messages[1].role'],
    [
      'a part without a type',
      { messages: [...hi, ...hi, { role: 'user', content: [{ text: 'x' }] }] },
      'messages[2].content[0].type',
    ],
    ['content that is a number', { messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
    [
      'an image without a url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      'messages[0].content[0].image_url.url',
    ],
    ['stream as a text', { messages: hi, stream: 'true' }, 'stream'],
    ['a temperature over 2', { messages: hi, temperature: 9 }, 'temperature'],
    ['a negative max_tokens', { messages: hi, max_tokens: -1 }, 'max_tokens'],
    ['n of 0', { messages: hi, n: 0 }, 'n'],
    ['a model that is a number', { messages: hi, model: 5 }, 'model'],
    ['a tool without a name', { messages: hi, tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
  ])('is a 400 that names the field: %s', async (_what, body, param) => {
    for (const stream of [{}, { stream: true }]) {
      await expectError(await scene.post(CHAT, { model: 'ollama/m', ...stream, ...body }), 400, { ...INVALID, param });
    }
  });

  it.each([
    ['broken JSON', '{"model":'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"hi"'],
  ])('is a 400 when the body is %s', async (_what, body) => {
    const headers = { 'content-type': 'application/json' };
    await expectError(await fetch(scene.gateway.url + CHAT, { method: 'POST', headers, body }), 400, INVALID);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', ''])(
    'is a 415 when its content type is %j',
    async (type) => {
      const body = new TextEncoder().encode(JSON.stringify({ model: 'ollama/m', messages: hi }));
      const response = await fetch(scene.gateway.url + CHAT, {
        method: 'POST',
        headers: type === '' ? {} : { 'content-type': type },
        body,
      });
      await expectError(response, 415, { ...INVALID, message: 'application/json' });
    },
  );

  it.each([
    ['GET', CHAT, 'POST'],
    ['DELETE', '/v1/embeddings', 'POST'],
    ['POST', '/v1/models', 'GET'],
    ['PUT', '/health', 'GET'],
  ])('is a 405 that tells what is allowed: %s %s', async (method, path, allowed) => {
    const response = await fetch(scene.gateway.url + path, { method });
    expect(response.headers.get('allow')).toContain(allowed);
    await expectError(response, 405, INVALID);
  });

  it.each([
    ['/api/v1/chat/completions', 'POST', CHAT],
    ['/chat/completions', 'POST', CHAT],
    ['/v1/embedding', 'POST', '/v1/embeddings'],
    ['/v1/model', 'GET', '/v1/models'],
  ])('is a 404 that names the nearest route: %s', async (path, method, nearest) => {
    const response = await fetch(scene.gateway.url + path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
    await expectError(response, 404, { ...INVALID, code: 'unknown_url', message: nearest });
  });

  it('is a 404 for an unknown provider, naming the known ones', async () => {
    const error = await expectError(await scene.chat({ model: 'nosuch/m' }), 404, {
      ...INVALID,
      code: 'model_not_found',
    });
    for (const name of ['ollama', 'openai', 'together']) expect(error.message).toContain(name);
  });

  it('is a 404 for a provider without a key, naming the variable to set', async () => {
    const response = await scene.chat({ model: 'groq/llama-3.1-8b-instant' });
    await expectError(response, 404, { ...INVALID, code: 'model_not_found', message: 'GROQ_API_KEY' });
  });
});

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
    const limited = await scene.chat({ model: 'openai/m' });
    expect(limited.headers.get('retry-after')).toBe('7');
    expect(limited.headers.get('retry-after-ms')).toBe('7000');
    await expectError(limited, 429);
    const down = await scene.chat({ model: 'openai/m' });
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

describe('bodies', () => {
  const scene = useScene({ yaml: 'limits: { bodyMb: 1 }' });
  const chatOf = (text: string): string =>
    JSON.stringify({ model: 'openai/m', messages: [{ role: 'user', content: text }] });

  it.each(['with', 'without'])('over the limit are a 413, answered %s a content-length', async (length) => {
    for (let turn = 0; turn < 5; turn += 1) {
      const body = chatOf('x'.repeat(3 * 1024 * 1024));
      const raw = new RawExchange(scene.gateway.url);
      if (length === 'with') raw.post(CHAT, body);
      else {
        raw.send(
          `POST ${CHAT} HTTP/1.1`,
          'host: gateway',
          'content-type: application/json',
          'connection: close',
          'transfer-encoding: chunked',
          '',
          '',
        );
        raw.send(body.length.toString(16), body, '0', '', '');
      }
      const answer = await raw.answer();
      expect(answer.status).toBe(413);
      expect(answer.body).toContain('"type":"invalid_request_error"');
    }
  });

  it('under the limit pass', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    expect(
      (
        await fetch(scene.gateway.url + CHAT, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: chatOf('x'.repeat(900_000)),
        })
      ).status,
    ).toBe(200);
  });

  const postGzip = (text: string): Promise<Response> =>
    fetch(scene.gateway.url + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(chatOf(text)),
    });

  it('may be compressed', async () => {
    scene.upstream.on('POST', CHAT, json(200, openAiCompletion()));
    expect((await postGzip('Grüße')).status).toBe(200);
    expect((await scene.upstream.request(CHAT)).body).toMatchObject({ messages: [{ content: 'Grüße' }] });
  });

  it('may not inflate over the limit', async () => {
    await expectError(await postGzip('x'.repeat(5 * 1024 * 1024)), 413);
  });

  it('that pretend to be compressed are a 400', async () => {
    const response = await scene.chat({ model: 'openai/m' }, { headers: { 'content-encoding': 'gzip' } });
    await expectError(response, 400, INVALID);
  });

  it('in an unknown encoding are a 415', async () => {
    const response = await scene.chat({ model: 'openai/m' }, { headers: { 'content-encoding': 'zstd' } });
    await expectError(response, 415, INVALID);
  });

  it('in JSON with a charset are JSON', async () => {
    scene.upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const response = await fetch(scene.gateway.url + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ model: 'ollama/m', messages: hi }),
    });
    expect(response.status).toBe(200);
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
