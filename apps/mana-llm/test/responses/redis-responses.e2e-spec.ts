import { FakeUpstream, json, openAiCompletion, openAiStream, sseStream } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { expectWellFormed, readResponseEvents } from '../support/response-events.js';
import { START_LIMIT_MS } from '../support/scene.js';
import { until } from '../support/until.js';

const CHAT = '/v1/chat/completions';

describeWithRedis('responses that are kept in Redis', () => {
  let redis: RedisServer;
  let upstream: FakeUpstream;
  let gateways: [one: Gateway, other: Gateway];

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    upstream.on('GET', '/v1/models', json(200, { object: 'list', data: [] }));
    upstream.on('GET', '/', json(200, {}));
    upstream.on('GET', '/api/version', json(200, {}));
    redis = await RedisServer.start();
    // Without a cache Redis serves the responses alone.
    const env = {
      CACHE_TTL: '0',
      REDIS_URL: redis.url,
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      OLLAMA_URL: upstream.url,
    };
    gateways = [await startGateway({ env }), await startGateway({ env })];
  }, START_LIMIT_MS);

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([redis.kill(), upstream.stop()]);
  });

  const ask = (gateway: Gateway, fields: object = {}): Promise<Response> =>
    fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'openai/m', input: 'Hi', ...fields }),
    });
  const said = (content: string) => json(200, openAiCompletion({ message: { role: 'assistant', content } }));
  /** The connection is made in the background. */
  const untilKept = async (gateway: Gateway): Promise<{ id: string }> => {
    upstream.on('POST', CHAT, said('Hello.'));
    return until(
      async () => (await (await ask(gateway)).json()) as { id: string; store: boolean },
      ({ store }) => store,
    );
  };

  it('are continued by every gateway, for as long as they are kept', async () => {
    const [one, other] = gateways;
    const first = await untilKept(one);
    await untilKept(other);
    upstream.on('POST', CHAT, said('Again.'));
    const second = await ask(other, { previous_response_id: first.id });
    expect(second.status).toBe(200);
    const key = (await redis.keys()).find((name) => name.endsWith(first.id));
    expect(key).toBeDefined();
    const ttlMs = Number(/\d+/.exec(await redis.command('PTTL', key ?? ''))?.[0]);
    expect(ttlMs).toBeGreaterThan(86_000_000);
    expect(ttlMs).toBeLessThanOrEqual(86_400_000);
  });

  it('are given and not kept where Redis is gone, and a conversation is not answered without its history', async () => {
    const [one] = gateways;
    const first = await untilKept(one);
    await redis.kill();
    upstream.on('POST', CHAT, said('Hello.'));
    const response = await ask(one);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-warning')).toBe('The response was not kept.');
    expect(await response.json()).toMatchObject({ status: 'completed', store: false });

    upstream.on('POST', CHAT, sseStream(openAiStream(['Hel', 'lo'])));
    const events = readResponseEvents(await (await ask(one, { stream: true })).text());
    expect(expectWellFormed(events)).toMatchObject({ status: 'completed', store: false });

    const next = await ask(one, { previous_response_id: first.id });
    await expectError(next, 503, { code: 'response_store_unavailable' });
    const found = await fetch(`${one.url}/v1/responses/${first.id}`);
    await expectError(found, 503, { code: 'response_store_unavailable' });
  });
});
