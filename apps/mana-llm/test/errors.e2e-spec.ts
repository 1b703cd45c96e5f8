import { json, openAiModels } from '@mana-llm/llm-providers/testing';
import { expectError, type ExpectedError } from './support/expect-error.js';
import { metricSum, parseMetrics } from './support/metric-samples.js';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';

const CHAT = '/v1/chat/completions';
const INVALID: ExpectedError = { type: 'invalid_request_error' };
const CHUNKED = [
  `POST ${CHAT} HTTP/1.1`,
  'host: x',
  'content-type: application/json',
  'transfer-encoding: chunked',
  '',
];
const hi = [{ role: 'user', content: 'Hi' }];

describe('a request that is wrong', () => {
  const scene = useScene({ isOwn: true });

  /** Requests that were answered with this status so far. */
  const countOf = async (status: number): Promise<number> => {
    const samples = parseMetrics(await (await scene.get('/metrics')).text());
    return metricSum(samples, 'mana_llm_requests_total', { status: String(status) });
  };

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
    // Below a path that takes bodies.
    ['POST', '/v1/responses/resp_1', 'DELETE, GET, HEAD'],
    ['POST', '/v1/responses/resp_1/input_items', 'GET'],
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

  it.each<[string, string[], number, string]>([
    [
      'with large headers',
      ['GET /v1/models HTTP/1.1', `cookie: ${'c'.repeat(40_000)}`, '', ''],
      431,
      'headers_too_large',
    ],
    ['that is no HTTP', ['hello', '', ''], 400, 'invalid_http'],
    ['whose chunks have long extensions', [...CHUNKED, `1;x=${'y'.repeat(20_000)}`, 'a', ''], 413, 'request_too_large'],
    ['in HTTP/1.1 without a host', ['GET /v1/models HTTP/1.1', '', ''], 400, 'invalid_http'],
    [
      'that expects what nobody knows',
      ['POST /x HTTP/1.1', 'host: x', 'expect: tea', 'content-length: 2', '', ''],
      417,
      'expectation_failed',
    ],
  ])('is told so where Node itself would refuse it, and counted: one %s', async (_what, lines, status, code) => {
    const before = await countOf(status);
    const { headers, body, ...answer } = await new RawExchange(scene.gateway.url).send(...lines).answer();
    expect({ ...answer, connection: headers['connection'] }).toEqual({ status, connection: 'close' });
    expect(headers['x-request-id']).toMatch(/./);
    await expectError(new Response(body, { status, headers }), status, { ...INVALID, code });
    expect(await countOf(status)).toBe(before + 1);
  });

  it.each([
    ['without a host, as old clients and probes do', ['GET /health/live HTTP/1.0', '', '']],
    ['that expects what HTTP/1.0 does not know', ['GET /health/live HTTP/1.0', 'expect: tea', '', '']],
  ])('is none in HTTP/1.0 %s', async (_what, lines) => {
    expect(await new RawExchange(scene.gateway.url).send(...lines).answer()).toMatchObject({ status: 200 });
  });

  it('is none for a client that waits for leave to send its body', async () => {
    const body = JSON.stringify({ model: 'nosuch/m', messages: hi });
    const raw = new RawExchange(scene.gateway.url);
    raw.send(`POST ${CHAT} HTTP/1.1`, 'host: x', 'expect: 100-continue', 'content-type: application/json');
    raw.send('', `content-length: ${body.length}`, 'connection: close', '', '');
    await raw.received('HTTP/1.1 100 Continue');
    raw.send(body);
    await raw.received('HTTP/1.1 404');
  });

  it.each([
    ['POST', '/v1/completions', 'is not served here'],
    ['POST', '/v1/conversations', 'Send previous_response_id'],
    ['POST', '/v1/files', '/v1/files is not served here'],
    ['POST', '/api/chat', "This gateway does not have Ollama's API"],
  ])('is a 404 that tells what to use: %s %s', async (method, path, message) => {
    const response = await fetch(scene.gateway.url + path, { method, body: '{}' });
    await expectError(response, 404, { ...INVALID, code: 'unknown_url', message });
  });

  it('names the provider that has a model which was asked for without one', async () => {
    scene.upstream.on('POST', '/api/chat', json(404, { error: "model 'gpt-4o' not found" }));
    scene.upstream.on('POST', '/api/show', json(404, { error: "model 'gpt-4o' not found" }));
    scene.upstream.on('GET', '/v1/models', json(200, openAiModels('gpt-4o')));
    const message = "A name without `/` is Ollama's; write `openai/gpt-4o`.";
    await expectError(await scene.chat({ model: 'gpt-4o' }), 404, { ...INVALID, code: 'model_not_found', message });
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
