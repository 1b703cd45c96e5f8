import { FakeUpstream, json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { type Gateway, startGateway } from '../support/gateway.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { START_LIMIT_MS } from '../support/scene.js';
import { until } from '../support/until.js';

const CHAT = '/v1/chat/completions';

const median = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1] ?? NaN;

describeWithRedis('a Redis behind the cache', () => {
  let redis: RedisServer;
  let upstream: FakeUpstream;
  /** What the tests share: no two of them ask for the same text, so that no answer of one is known in another. */
  let gateways: [one: Gateway, other: Gateway, third: Gateway];
  /** Those of one test: a Redis that has failed often is not asked for longer than a test takes. */
  const ownGateways: Gateway[] = [];
  let text = 0;

  const start = (): Promise<Gateway> =>
    startGateway({
      env: {
        REDIS_URL: redis.url,
        OPENAI_API_KEY: 'k',
        OPENAI_BASE_URL: `${upstream.url}/v1`,
        OLLAMA_URL: upstream.url,
      },
    });

  const startOwn = async (): Promise<Gateway> => {
    const gateway = await start();
    ownGateways.push(gateway);
    return gateway;
  };

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    upstream.on('GET', '/v1/models', json(200, { object: 'list', data: [] }));
    upstream.on('GET', '/', json(200, {}));
    upstream.on('GET', '/api/version', json(200, {}));
    redis = await RedisServer.start();
    gateways = [await start(), await start(), await start()];
  }, START_LIMIT_MS);

  beforeEach(async () => {
    upstream.on('POST', CHAT, json(200, openAiCompletion({ content: 'Hello' })));
    await redis.command('FLUSHALL');
    await Promise.all(gateways.map((gateway) => untilRedis(gateway, 'up')));
  });

  afterEach(() => Promise.all(ownGateways.splice(0).map((gateway) => gateway.stop())));

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([redis.kill(), upstream.stop()]);
  });

  const ask = async (
    gateway: Gateway,
    content = `text ${(text += 1)}`,
  ): Promise<{ result: string | null; status: number; ms: number }> => {
    const startedAtMs = performance.now();
    const response = await fetch(gateway.url + CHAT, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'openai/m', temperature: 0, messages: [{ role: 'user', content }] }),
    });
    await response.text();
    const ms = performance.now() - startedAtMs;
    return { result: response.headers.get('x-mana-llm-cache'), status: response.status, ms };
  };

  const statusOf = async (gateway: Gateway): Promise<{ status: string }> =>
    ((await (await fetch(`${gateway.url}/health`)).json()) as { redis: { status: string } }).redis;

  /** Resolves once the gateway says so of its Redis. */
  const untilRedis = (gateway: Gateway, wanted: string): Promise<object> =>
    until(
      () => statusOf(gateway),
      ({ status }) => status === wanted,
    );

  /** Resolves with the keys in Redis once there are so many: writes are not waited for. */
  const written = (count = 1): Promise<string[]> =>
    until(
      () => redis.keys(),
      (keys) => keys.length >= count,
    );

  it('gives one gateway what another was answered', async () => {
    const [one, other] = gateways;
    expect(await ask(one, 'shared')).toMatchObject({ result: 'miss' });
    await written();
    expect(await ask(other, 'shared')).toMatchObject({ result: 'hit', status: 200 });
  });

  it.each([
    ['no JSON', ['SET', 'KEY', 'garbage']],
    ['JSON of another shape', ['SET', 'KEY', '{"a":1}']],
    ['an answer of another shape', ['SET', 'KEY', JSON.stringify(JSON.stringify({ value: '{"storedAtMs":1}' }))]],
    ['another type', ['LPUSH', 'KEY', 'garbage']],
  ])('takes %s under its key for a miss, and replaces it', async (what, command) => {
    const [one, other, third] = gateways;
    await ask(one, what);
    const [key = ''] = await written();
    await redis.command('DEL', key);
    await redis.command(...command.map((word) => (word === 'KEY' ? key : word)));
    expect(await ask(other, what)).toMatchObject({ result: 'miss', status: 200 });
    expect(await statusOf(other)).toEqual({ status: 'up' });
    // A write is not waited for; a value of another type cannot be read until it is replaced.
    await until(
      () => redis.command('GET', key).catch(() => ''),
      (value) => value.includes('chat.completion'),
    );
    expect(await ask(third, what)).toMatchObject({ result: 'hit' });
  });

  it('loses no hit beside a value that cannot be read', async () => {
    const texts = Array.from({ length: 20 }, (_, position) => `beside ${position}`);
    const [one, other] = gateways;
    for (const text of texts) await ask(one, text);
    const [key = ''] = await written(texts.length);
    await redis.command('SET', key, 'garbage');
    const results = await Promise.all(texts.map((text) => ask(other, text)));
    expect(results.filter(({ result }) => result === 'hit')).toHaveLength(texts.length - 1);
  });

  it('costs a request 250 ms at most while it is frozen, and soon nothing', async () => {
    const gateway = await startOwn();
    await untilRedis(gateway, 'up');
    const askOften = async (count: number) => {
      const answers = [];
      for (let n = 0; n < count; n += 1) answers.push(await ask(gateway));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      return answers.map(({ ms }) => ms);
    };
    const before = await askOften(6);
    redis.freeze();
    try {
      const [first, then] = [await askOften(3), await askOften(6)];
      // Beside what a request costs on this machine, busy as it is.
      expect(Math.max(...first)).toBeLessThan(1_000 + Math.max(...before));
      expect(median(then)).toBeLessThan(200 + median(before));
      expect(await statusOf(gateway)).toEqual({ status: 'degraded', reason: 'it does not answer in time' });
    } finally {
      redis.thaw();
    }
  });

  it('fails nothing when it is killed, and is used again once it is back', async () => {
    const [gateway] = gateways;
    await redis.kill();
    try {
      expect(await ask(gateway)).toMatchObject({ status: 200, result: 'miss' });
      await untilRedis(gateway, 'degraded');
    } finally {
      await redis.restart();
    }
    await untilRedis(gateway, 'up');
    await ask(gateway);
    expect(await written()).toHaveLength(1);
  });

  it.each([
    ['is full', 'maxmemory', 'it is full'],
    ['takes no writes', 'min-replicas-to-write', 'it takes no writes'],
  ])('gives hits when it %s', async (what, setting, reason) => {
    const [one, [, other]] = [await startOwn(), gateways];
    await untilRedis(one, 'up');
    await ask(one, what);
    await written();
    await redis.command('CONFIG', 'SET', setting, '1');
    try {
      for (let n = 0; n < 4; n += 1) expect(await ask(one)).toMatchObject({ status: 200 });
      await untilRedis(one, 'degraded');
      expect(await statusOf(one)).toMatchObject({ reason });
      expect(await ask(other, what)).toMatchObject({ result: 'hit' });
    } finally {
      await redis.command('CONFIG', 'SET', setting, '0');
    }
  });

  it('need not be there at the start', async () => {
    await redis.kill();
    const gateway = await startOwn();
    try {
      expect(await ask(gateway)).toMatchObject({ status: 200, result: 'miss' });
      expect(await statusOf(gateway)).toEqual({ status: 'degraded', reason: 'it cannot be reached' });
    } finally {
      await redis.restart();
    }
    await untilRedis(gateway, 'up');
  });

  it('that wants a password fails nothing', async () => {
    await redis.command('CONFIG', 'SET', 'requirepass', 'secret');
    try {
      const gateway = await startOwn();
      expect(await ask(gateway)).toMatchObject({ status: 200, result: 'miss' });
      expect(await statusOf(gateway)).toMatchObject({ status: 'degraded' });
    } finally {
      await redis.kill();
      await redis.restart();
    }
  });
});
