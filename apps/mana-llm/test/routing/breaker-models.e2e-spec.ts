import {
  json,
  ollamaCompletion,
  openAiCompletion,
  openAiError,
  openAiModels,
  type Reply,
  resetConnection,
  sse,
  openAiChunk,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';

const FAILURES = 3;
const LONG_MS = 60_000;
const SHORT_MS = 1_000;
const ANSWER = json(200, openAiCompletion());
const BROKEN = json(502, openAiError('Provider returned error'));
const STREAM = { stream: true };
const AT_ONE = { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1' };

describe('a model that fails', () => {
  const fleet = useFleet(['one', 'two'], {
    ollama: ['two'],
    config: {
      routing: { retries: 0, breaker: { failures: FAILURES, openMs: LONG_MS } },
      providers: {
        several: AT_ONE,
        single: AT_ONE,
        slow: { ...AT_ONE, timeouts: { firstTokenMs: 100, totalMs: 100 } },
        streams: AT_ONE,
        hasty: AT_ONE,
        pair: { ...AT_ONE, routing: { breaker: { openMs: SHORT_MS } } },
        longer: AT_ONE,
        gone: AT_ONE,
      },
    },
  });

  /** What the upstream `one` answers by the model that is asked for; `ANSWER` for all others. */
  const scriptModels = (replies: Readonly<Record<string, Reply>>): void => {
    fleet.upstream('one').on('POST', CHAT, (exchange) => {
      const { model } = exchange.request.body as { model: string };
      return (replies[model] ?? ANSWER)(exchange);
    });
  };
  const statusOf = async (model: string, body: object = {}): Promise<number> => {
    const response = await fleet.chat({ model, ...body });
    await response.text();
    return response.status;
  };
  const statusesOf = async (model: string, count: number): Promise<number[]> => {
    const statuses = [];
    for (let asked = 0; asked < count; asked += 1) statuses.push(await statusOf(model));
    return statuses;
  };
  const endpointOf = async (provider: string) => (await fleet.health(provider)).hosts[provider];
  const expectRefused = async (model: string, scope: 'model' | 'provider'): Promise<void> => {
    const message = new RegExp(`^The ${scope === 'model' ? 'model' : 'provider of'} \`${model}\` has failed`);
    await expectError(await fleet.chat({ model }), 503, { type: 'upstream_error', code: 'breaker_open', message });
  };

  it('closes no other one, however often it is asked', async () => {
    scriptModels({ bad: BROKEN });
    expect(await statusOf('several/good')).toBe(200);
    for (let round = 0; round < 10; round += 1) {
      const expected = round === 0 ? [...Array<number>(FAILURES).fill(502), 503] : [503, 503, 503, 503];
      expect(await statusesOf('several/bad', 4)).toEqual(expected);
      expect([await statusOf('several/good'), await statusOf(`several/new-${round}`)]).toEqual([200, 200]);
    }
    await expectRefused('several/bad', 'model');
  });

  it('that is not asked for a while stands in GET /v1/health, and its provider is healthy and ready all the time', async () => {
    scriptModels({ bad: BROKEN });
    const before = Date.now() / 1000;
    expect(await endpointOf('several')).toMatchObject({
      status: 'healthy',
      breaker: 'closed',
      consecutive_failures: 0,
      next_try_unix: null,
      resting_models: [{ model: 'bad', next_try_unix: expect.any(Number) as number }],
    });
    const nextTry = (await endpointOf('several'))?.resting_models[0]?.next_try_unix ?? 0;
    expect(nextTry).toBeLessThanOrEqual(before + LONG_MS / 1000);
    expect(nextTry).toBeGreaterThan(before + (LONG_MS - 20_000) / 1000);
    expect(await fleet.metric('mana_llm_breaker_state', { provider: 'several' })).toBe(0);
    expect(await fleet.metric('mana_llm_provider_healthy', { provider: 'several' })).toBe(1);
    expect((await fleet.get('/health/ready')).status).toBe(200);
    expect(await (await fleet.get('/health')).json()).toMatchObject({
      providers: { several: { status: 'healthy' } },
    });
  });

  it('is not asked after as many failures in a row of a single caller', async () => {
    scriptModels({ bad: BROKEN });
    expect(await statusesOf('single/bad', FAILURES)).toEqual([502, 502, 502]);
    await expectRefused('single/bad', 'model');
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(FAILURES);
    expect(await statusOf('single/good')).toBe(200);
  });

  it.each<[string, string, Reply, object]>([
    ['does not answer', 'slow', stall, {}],
    [
      'breaks its streams',
      'streams',
      sseStream(sse(openAiChunk({ delta: { content: 'Hi' } })), resetConnection),
      STREAM,
    ],
    ['times out by its own word', 'hasty', json(408, openAiError('Too slow.')), {}],
  ])('closes no other one where it %s', async (_what, provider, reply, body) => {
    scriptModels({ bad: reply });
    for (let asked = 0; asked < FAILURES; asked += 1) await statusOf(`${provider}/bad`, body);
    await expectRefused(`${provider}/bad`, 'model');
    expect(await statusOf(`${provider}/good`)).toBe(200);
  });

  it('closes no chat by texts that have no vector', async () => {
    const two = fleet.upstream('two');
    two.on('POST', '/api/embed', json(500, { error: 'failed to encode response: json: unsupported value: NaN' }));
    two.on('POST', '/api/chat', json(200, ollamaCompletion()));
    const embed = () => fleet.post('/v1/embeddings', { model: 'ollama/embedder', input: 'NaN' });
    for (let asked = 0; asked < FAILURES; asked += 1) expect((await embed()).status).toBe(502);
    expect((await embed()).status).toBe(503);
    expect(await statusOf('ollama/chatter')).toBe(200);
  });

  describe('beside another one that fails', () => {
    it('closes the provider, which no ping opens', async () => {
      scriptModels({ bad: BROKEN, worse: BROKEN });
      for (const model of ['longer/bad', 'longer/worse']) await statusesOf(model, FAILURES);
      await expectRefused('longer/good', 'provider');
      await expectRefused('longer/bad', 'model');
      expect((await fleet.health('longer')).status).toBe('unhealthy');
      // By a ping: no request is let in.
      await fleet.untilHealth('longer', ({ status }) => status === 'healthy');
      expect(await endpointOf('longer')).toMatchObject({
        breaker: 'open',
        next_try_unix: expect.any(Number) as number,
      });
      expect(await fleet.metric('mana_llm_breaker_state', { provider: 'longer' })).toBe(2);
      await expectRefused('longer/good', 'provider');
      expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(2 * FAILURES);
    });

    it('opens it again when the time is over and a request is answered, though both fail on', async () => {
      scriptModels({ bad: BROKEN, worse: BROKEN });
      for (const model of ['pair/bad', 'pair/worse']) await statusesOf(model, FAILURES);
      await expectRefused('pair/good', 'provider');
      await fleet.untilHealth('pair', ({ hosts }) => hosts['pair']?.resting_models.length === 0);
      for (const model of ['pair/bad', 'pair/worse']) expect(await statusOf(model)).toBe(502);
      expect(await statusesOf('pair/good', 3)).toEqual([200, 200, 200]);
      await expectRefused('pair/bad', 'model');
      expect(await fleet.metric('mana_llm_breaker_state', { provider: 'pair' })).toBe(0);
    });
  });

  it.each([
    ['cannot be reached', () => fleet.kill('one')],
    [
      'cuts its connections',
      async () => {
        scriptModels({ a: resetConnection, b: resetConnection, c: resetConnection });
        fleet.upstream('one').on('GET', '/v1/models', resetConnection);
      },
    ],
  ])('because its endpoint %s closes all of them, until a ping is answered', async (_what, fail) => {
    const port = await fail();
    for (const model of ['gone/a', 'gone/b', 'gone/c']) expect(await statusOf(model)).toBe(502);
    await expectRefused('gone/new', 'provider');
    if (typeof port === 'number') await fleet.revive('one', port);
    scriptModels({});
    fleet.upstream('one').on('GET', '/v1/models', json(200, openAiModels('a')));
    await fleet.untilHealth('gone', ({ hosts }) => hosts['gone']?.breaker === 'half_open');
    for (const model of ['gone/new', 'gone/a']) expect(await statusOf(model)).toBe(200);
    expect(await endpointOf('gone')).toMatchObject({ breaker: 'closed', resting_models: [] });
  });
});
