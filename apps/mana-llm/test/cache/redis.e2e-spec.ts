import { FakeUpstream, json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { type Gateway, startGateway } from '../support/gateway.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { START_LIMIT_MS } from '../support/scene.js';

const CHAT = '/v1/chat/completions';

const median = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1] ?? NaN;

describeWithRedis('a Redis behind the cache', () => {
  let redis: RedisServer;
  let upstream: FakeUpstream;
  const gateways: Gateway[] = [];
  let text = 0;

  const start = async (): Promise<Gateway> => {
    const env = {
      REDIS_URL: redis.url,
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      OLLAMA_URL: upstream.url,
    };
    const gateway = await startGateway({ env });
    gateways.push(gateway);
    return gateway;
  };

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    upstream.on('GET', '/v1/models', json(200, { object: 'list', data: [] }));
    upstream.on('GET', '/', json(200, {}));
    upstream.on('GET', '/api/version', json(200, {}));
  }, START_LIMIT_MS);

  beforeEach(async () => {
    redis = await RedisServer.start();
    upstream.on('POST', CHAT, json(200, openAiCompletion({ content: 'Hello' })));
  });

  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
    redis.thaw();
    await redis.kill();
  });

  afterAll(() => upstream.stop());

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

  const statusOf = async (gateway: Gateway): Promise<object> =>
    ((await (await fetch(`${gateway.url}/health`)).json()) as { redis: object }).redis;

  /** Resolves once the gateway says so of its Redis. */
  const until = async (gateway: Gateway, status: string): Promise<void> => {
    while (((await statusOf(gateway)) as { status: string }).status !== status) await Promise.resolve();
  };

  /** Resolves with the keys in Redis once there are some: writes are not waited for. */
  const written = async (): Promise<string[]> => {
    for (;;) {
      const keys = await redis.keys();
      if (keys.length > 0) return keys;
    }
  };

  it('gives one gateway what another was answered', async () => {
    const [one, other] = [await start(), await start()];
    await Promise.all([until(one, 'up'), until(other, 'up')]);
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
    const one = await start();
    await until(one, 'up');
    await ask(one, what);
    const [key = ''] = await written();
    await redis.command('DEL', key);
    await redis.command(...command.map((word) => (word === 'KEY' ? key : word)));
    const [other, third] = [await start(), await start()];
    await Promise.all([until(other, 'up'), until(third, 'up')]);
    expect(await ask(other, what)).toMatchObject({ result: 'miss', status: 200 });
    expect(await statusOf(other)).toEqual({ status: 'up' });
    // A write is not waited for; a value of another type cannot be read until it is replaced.
    while (!(await redis.command('GET', key).catch(() => '')).includes('chat.completion')) await Promise.resolve();
    expect(await ask(third, what)).toMatchObject({ result: 'hit' });
  });

  it('loses no hit beside a value that cannot be read', async () => {
    const texts = Array.from({ length: 20 }, (_, position) => `beside ${position}`);
    const one = await start();
    await until(one, 'up');
    for (const text of texts) await ask(one, text);
    while ((await redis.keys()).length < texts.length) await Promise.resolve();
    const [key = ''] = await redis.keys();
    await redis.command('SET', key, 'garbage');
    const other = await start();
    await until(other, 'up');
    const results = await Promise.all(texts.map((text) => ask(other, text)));
    expect(results.filter(({ result }) => result === 'hit')).toHaveLength(texts.length - 1);
  });

  it('costs a request 250 ms at most while it is frozen, and soon nothing', async () => {
    const gateway = await start();
    await until(gateway, 'up');
    const askOften = async (count: number) => {
      const answers = [];
      for (let n = 0; n < count; n += 1) answers.push(await ask(gateway));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      return answers.map(({ ms }) => ms);
    };
    const before = await askOften(6);
    redis.freeze();
    const [first, then] = [await askOften(3), await askOften(6)];
    // Beside what a request costs on this machine, busy as it is.
    expect(Math.max(...first)).toBeLessThan(1_000 + Math.max(...before));
    expect(median(then)).toBeLessThan(200 + median(before));
    expect(await statusOf(gateway)).toEqual({ status: 'degraded', reason: 'it does not answer in time' });
  });

  it('fails nothing when it is killed, and is used again once it is back', async () => {
    const gateway = await start();
    await until(gateway, 'up');
    await redis.kill();
    expect(await ask(gateway)).toMatchObject({ status: 200, result: 'miss' });
    await until(gateway, 'degraded');
    await redis.restart();
    await until(gateway, 'up');
    await ask(gateway);
    expect(await written()).toHaveLength(1);
  });

  it('need not be there at the start', async () => {
    await redis.kill();
    const gateway = await start();
    expect(await ask(gateway)).toMatchObject({ status: 200, result: 'miss' });
    expect(await statusOf(gateway)).toEqual({ status: 'degraded', reason: 'it cannot be reached' });
    await redis.restart();
    await until(gateway, 'up');
  });

  it.each([
    ['is full', ['maxmemory', '1'], 'it is full'],
    ['takes no writes', ['min-replicas-to-write', '1'], 'it takes no writes'],
  ])('gives hits when it %s', async (_what, setting, reason) => {
    const one = await start();
    await until(one, 'up');
    await ask(one, 'kept');
    await written();
    await redis.command('CONFIG', 'SET', ...setting);
    for (let n = 0; n < 4; n += 1) expect(await ask(one)).toMatchObject({ status: 200 });
    await until(one, 'degraded');
    expect(await statusOf(one)).toMatchObject({ reason });
    const other = await start();
    await until(other, 'up');
    expect(await ask(other, 'kept')).toMatchObject({ result: 'hit' });
  });

  it('that wants a password fails nothing', async () => {
    await redis.command('CONFIG', 'SET', 'requirepass', 'secret');
    const gateway = await start();
    expect(await ask(gateway)).toMatchObject({ status: 200, result: 'miss' });
    expect(await statusOf(gateway)).toMatchObject({ status: 'degraded' });
  });
});
