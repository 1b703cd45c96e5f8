import {
  json,
  openAiCompletion,
  openAiError,
  openAiStream,
  resetConnection,
  sseStream,
} from '@mana-llm/llm-providers/testing';
import { metricSum, parseMetrics } from './support/metric-samples.js';
import { RawExchange } from './support/raw-exchange.js';
import { useScene } from './support/scene.js';

const PATH = '/v1/questions';
const CHAT = '/v1/chat/completions';
const WHO = 'openai/gpt-fake';
const CHAIN = 'aliases: { mana/two: { chain: [openai/gpt-fake, together/llama-fake] } }\n';
const KEY = { authorization: 'Bearer sesame' };

const loadApp = async () => (await import('./support/second-surface/questions.module.js')).AppWithQuestionsModule;

/** A surface beside OpenAI's: its folder is `support/second-surface`, and no other file of the product knows it. */
describe('a second surface', () => {
  const scene = useScene({
    isOwn: true,
    root: loadApp,
    env: { CACHE_TTL: '3600', API_KEYS: 'sesame' },
    yaml: CHAIN,
  });
  let count = 0;

  const ask = (fields: object = {}): Promise<Response> =>
    scene.post(PATH, { question: `Question ${(count += 1)}?`, who: WHO, ...fields }, { headers: KEY });
  const completion = (content: string, model = 'gpt-fake') =>
    json(200, openAiCompletion({ model, message: { role: 'assistant', content } }));

  it('answers in its own shape, asks the model in OpenAI’s, and counts the request under its own route', async () => {
    scene.upstream.on('POST', CHAT, completion('Four.'));
    const response = await ask({ question: 'What is two and two?' });
    expect(await response.json()).toEqual({ answer: 'Four.', by: WHO });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-mana-llm-cache': 'miss',
      'x-mana-llm-resolved': WHO,
      'x-request-id': expect.any(String),
    });
    const { body } = await scene.upstream.request(CHAT);
    expect(body).toMatchObject({ model: 'gpt-fake', messages: [{ role: 'user', content: 'What is two and two?' }] });
    const metrics = parseMetrics(await (await scene.get('/metrics')).text());
    expect(metricSum(metrics, 'mana_llm_requests_total', { endpoint: PATH, status: '200' })).toBe(1);
  });

  it('is answered from the cache, whole and streamed, whichever surface has asked before', async () => {
    scene.upstream.on('POST', CHAT, completion('Blue.'));
    const body = { messages: [{ role: 'user', content: 'Which colour?' }], temperature: 0, model: WHO };
    await (await scene.chat(body, { headers: KEY })).text();
    const again = await ask({ question: 'Which colour?' });
    expect(again.headers.get('x-mana-llm-cache')).toBe('hit');
    expect(await again.json()).toEqual({ answer: 'Blue.', by: WHO });
    const stream = await ask({ question: 'Which colour?', stream: true });
    expect(stream.headers.get('x-mana-llm-cache')).toBe('hit');
    expect((await stream.text()).trimStart()).toBe(
      `event: by\ndata: "${WHO}"\n\nevent: part\ndata: "Blue."\n\nevent: end\ndata: {}\n\n`,
    );
  });

  it('streams in its own frames, and fills the cache', async () => {
    scene.upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo'])));
    const response = await ask({ question: 'Hello?', stream: true });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-mana-llm-cache')).toBe('miss');
    expect((await response.text()).trimStart()).toBe(
      `event: by\ndata: "${WHO}"\n\nevent: part\ndata: "Hel"\n\nevent: part\ndata: "lo"\n\nevent: end\ndata: {}\n\n`,
    );
    expect(await (await ask({ question: 'Hello?' })).json()).toEqual({ answer: 'Hello', by: WHO });
  });

  it.each([false, true])('falls back along a chain (streamed: %s)', async (stream) => {
    scene.upstream.on('POST', CHAT, json(500, openAiError('No.')));
    const reply = stream ? sseStream(openAiStream(['Yes.'])) : completion('Yes.');
    scene.upstream.on('POST', `/together${CHAT}`, reply);
    const response = await ask({ who: 'mana/two', stream });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('together/llama-fake');
    expect(await response.text()).toContain('Yes.');
  });

  it.each([false, true])('tells a provider’s failure in its own shape (streamed: %s)', async (stream) => {
    scene.upstream.on('POST', CHAT, json(429, openAiError('Slow down.'), { 'retry-after': '7' }));
    const response = await ask({ who: `openai/limited-${stream}`, stream });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await response.json()).toEqual({ problem: 'rate_limit', why: 'Slow down.' });
  });

  it('ends a stream that breaks in its own frame', async () => {
    const begun = openAiStream(['Hel', 'lo']).split('data: [DONE]')[0] ?? '';
    scene.upstream.on('POST', CHAT, sseStream(begun, resetConnection));
    const text = await (await ask({ stream: true })).text();
    expect(text).toMatch(
      /event: part\ndata: "lo"\n\nevent: problem\ndata: \{"problem":"provider_failed","why":".+"\}\n\n$/,
    );
    expect(text).not.toMatch(/\[DONE\]|event: end|"error"/);
  });

  describe('before its handler', () => {
    const send = (path: string, body: string, headers: Record<string, string> = KEY): Promise<Response> =>
      fetch(scene.gateway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });

    it.each<[string, () => Promise<Response>, number, object]>([
      ['a missing key', () => send(PATH, '{}', {}), 401, { problem: 'authentication' }],
      ['a broken body', () => send(PATH, '{"question":'), 400, { problem: 'invalid_request' }],
      ['a wrong field', () => send(PATH, '{"question":7}'), 400, { problem: 'invalid_request', field: 'question' }],
      [
        'another type of body',
        () => send(PATH, '{}', { ...KEY, 'content-type': 'text/plain' }),
        415,
        { problem: 'invalid_request' },
      ],
      ['an unknown route below its path', () => send(`${PATH}/x/y`, '{}'), 404, { problem: 'not_found' }],
      ['another method', () => scene.get(PATH, KEY), 405, { problem: 'invalid_request' }],
      ['an unknown model', () => ask({ who: 'nobody/x' }), 404, { problem: 'not_found', field: 'model' }],
    ])('tells %s in its own shape', async (_what, request, status, expected) => {
      const response = await request();
      const told = (await response.json()) as object;
      expect([response.status, told]).toEqual([status, { why: expect.any(String), ...expected }]);
    });

    it('tells broken HTTP in its own shape', async () => {
      const headers = ['host: localhost', 'authorization: Bearer sesame', 'content-type: application/json'];
      const lines = [`POST ${PATH} HTTP/1.1`, ...headers, 'transfer-encoding: chunked', '', 'zz', ''];
      const { status, body } = await new RawExchange(scene.gateway.url).send(...lines).answer();
      expect(status).toBe(400);
      expect(JSON.parse(body)).toEqual({ problem: 'unreadable_request', why: expect.any(String) });
    });
  });

  it('describes its own errors', async () => {
    const { paths, components } = (await (await scene.get('/openapi.json')).json()) as {
      paths: Record<string, { post: { responses: Record<string, { content: object }> } }>;
      components: { schemas: object };
    };
    const { 200: _whole, ...failures } = paths[PATH]?.post.responses ?? {};
    expect(Object.keys(failures)).toEqual(expect.arrayContaining(['400', '401', '404', '429']));
    for (const { content } of Object.values(failures)) {
      expect(content).toEqual({ 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } });
    }
    expect(components.schemas).toMatchObject({ Problem: { required: ['problem', 'why'] } });
  });

  it('leaves OpenAI’s surface as it is', async () => {
    const { error, detail } = (await (await scene.post(CHAT, {}, { headers: KEY })).json()) as Record<string, object>;
    expect(error).toMatchObject({ type: 'invalid_request_error', param: 'messages', code: null });
    expect(detail).toMatchObject({ kind: 'invalid_request' });
    const unknown = (await (await scene.get('/v1/nowhere', KEY)).json()) as object;
    expect(unknown).toEqual({ error: expect.objectContaining({ code: 'unknown_url' }) });
  });
});
