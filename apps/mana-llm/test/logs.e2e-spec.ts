import {
  DONE,
  json,
  ndjsonStream,
  ollamaStream,
  openAiCompletion,
  openAiChunk,
  openAiError,
  resetConnection,
  sse,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';

const PROMPT = 'the-prompt-nobody-may-log';
const ANSWER = 'the-answer-nobody-may-log';
const CALLER_KEY = 'caller-key-nobody-may-log';

describe('the log', () => {
  const scene = useScene({ isBuilt: true, env: { API_KEYS: CALLER_KEY, LOG_LEVEL: 'debug' } });
  let requests = 0;

  const ask = async (body: Record<string, unknown>): Promise<string> => {
    requests += 1;
    const id = `log-test-${requests}`;
    const messages = [{ role: 'user', content: PROMPT }];
    const response = await scene.chat(
      { messages, ...body },
      { headers: { 'x-request-id': id, 'x-api-key': CALLER_KEY } },
    );
    await response.text();
    return id;
  };

  /** The line of a request is written once its answer is out: it is there when a later request's line is. */
  const lineOf = async (id: string): Promise<Record<string, unknown> | undefined> => {
    const after = await ask({ model: 'nosuch/m' });
    const find = (wanted: string): Record<string, unknown> | undefined =>
      scene.gateway.logs().find(({ msg, requestId }) => msg === 'request' && requestId === wanted);
    while (!find(after)) await new Promise(setImmediate);
    return find(id);
  };

  it('has one JSON line for a buffered answer, with its provider, model and tokens', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', json(200, openAiCompletion({ message: { content: ANSWER } })));
    expect(await lineOf(await ask({ model: 'openai/m' }))).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      msg: 'request',
      method: 'POST',
      route: '/v1/chat/completions',
      status: 200,
      durationMs: expect.any(Number) as number,
      provider: 'openai',
      model: 'openai/m',
      promptTokens: 7,
      completionTokens: 5,
    });
  });

  it('has the same for a stream, written at its end', async () => {
    scene.upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream([ANSWER])));
    expect(await lineOf(await ask({ model: 'ollama/m', stream: true }))).toMatchObject({
      level: 'info',
      route: '/v1/chat/completions',
      status: 200,
      provider: 'ollama',
      model: 'ollama/m',
      promptTokens: 11,
      completionTokens: 4,
      end: 'complete',
    });
  });

  it('warns about a stream that broke, though its status was 200', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', sseStream(sse(openAiChunk({ delta: { content: ANSWER } }))));
    expect(await lineOf(await ask({ model: 'openai/m', stream: true }))).toMatchObject({
      level: 'warn',
      status: 200,
      end: 'upstream_error',
    });
  });

  it('has one line for a request whose headers are too large, and nothing of them', async () => {
    const raw = new RawExchange(scene.gateway.url);
    const { headers } = await raw
      .send('GET /v1/models HTTP/1.1', `cookie: ${CALLER_KEY.repeat(2_000)}`, '', '')
      .answer();
    const id = headers['x-request-id'] ?? '';
    expect(await lineOf(id)).toMatchObject({ level: 'info', status: 431, errorCode: 'headers_too_large' });
    const lines = scene.gateway.logs().filter(({ requestId }) => requestId === id);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(CALLER_KEY);
  });

  it('has one line for a request whose body is broken, as its caller is told', async () => {
    const raw = new RawExchange(scene.gateway.url);
    raw.send(
      'POST /v1/chat/completions HTTP/1.1',
      'host: x',
      `x-api-key: ${CALLER_KEY}`,
      'x-request-id: broken-body',
      'content-type: application/json',
      'transfer-encoding: chunked',
      '',
      'zz',
      '',
    );
    expect(await raw.answer()).toMatchObject({ status: 400, headers: { 'x-request-id': 'broken-body' } });
    expect(await lineOf('broken-body')).toMatchObject({
      level: 'info',
      route: '/v1/chat/completions',
      status: 400,
      errorCode: 'invalid_http',
    });
    expect(scene.gateway.logs().filter(({ requestId }) => requestId === 'broken-body')).toHaveLength(1);
  });

  it('warns about a provider that fails', async () => {
    scene.upstream.on('POST', '/v1/chat/completions', resetConnection);
    expect(await lineOf(await ask({ model: 'openai/m' }))).toMatchObject({
      level: 'warn',
      status: 502,
      errorCode: 'connection_failed',
    });
  });

  it('has no prompt, no answer, no key and no upstream address in it', async () => {
    scene.upstream.on(
      'POST',
      '/v1/chat/completions',
      json(400, openAiError(`cannot read ${PROMPT}`)),
      sseStream(sse(openAiChunk({ delta: { content: ANSWER } }), `{"garbage ${ANSWER}`, DONE)),
    );
    await ask({ model: 'openai/m' });
    await lineOf(await ask({ model: 'openai/m', stream: true }));
    const log = JSON.stringify(scene.gateway.logs());
    expect(log).toContain('"msg":"listening"');
    expect(log).not.toMatch(/nobody-may-log|sk-openai-secret|sk-together-secret/);
    expect(log).not.toContain(new URL(scene.upstream.url).host);
  });
});

describe('LOG_LEVEL', () => {
  const scene = useScene({ isBuilt: true, env: { LOG_LEVEL: 'info' } });

  it('at info keeps probes out of the log', async () => {
    await scene.get('/health/live', { 'x-request-id': 'a-probe' });
    await (await scene.get('/v1/models', { 'x-request-id': 'a-list' })).text();
    const has = (id: string): boolean => scene.gateway.logs().some(({ requestId }) => requestId === id);
    while (!has('a-list')) await new Promise(setImmediate);
    expect(has('a-probe')).toBe(false);
  });
});
