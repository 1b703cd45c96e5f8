import {
  json,
  openAiChunk,
  openAiCompletion,
  openAiError,
  type Reply,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, HELLO, useFleet } from '../support/fleet.js';
import { RawExchange } from '../support/raw-exchange.js';

const ANSWER = json(200, openAiCompletion());
const AT_ONE = { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1' };
const PROVIDERS = Array.from({ length: 20 }, (_, index) => `p${index}`);

describe('the breaker stays closed after', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      routing: { retries: 0, breaker: { failures: 2, openMs: 60_000 } },
      providers: Object.fromEntries(PROVIDERS.map((name) => [name, AT_ONE])),
    },
  });
  const unused = [...PROVIDERS];
  const nextProvider = (): string => unused.shift() ?? 'none is left';
  const script = (...replies: [Reply, ...Reply[]]) => fleet.upstream('one').on('POST', CHAT, ...replies);

  const expectClosed = async (provider: string): Promise<void> => {
    script(ANSWER);
    expect((await fleet.chat({ model: `${provider}/m` })).status).toBe(200);
    expect((await fleet.health(provider)).hosts[provider]).toMatchObject({ breaker: 'closed', in_flight: 0 });
  };

  it.each<[string, object, Reply]>([
    ['a chat', {}, stall],
    ['a stream', { stream: true }, stall],
    ['a stream that has spoken', { stream: true }, sseStream(sse(openAiChunk({ delta: { content: 'Hi' } })), stall)],
  ])('five callers have left %s', async (_what, body, reply) => {
    script(reply);
    const provider = nextProvider();
    for (let number = 1; number <= 5; number += 1) {
      const text = JSON.stringify({ model: `${provider}/m`, messages: HELLO, ...body });
      const client = new RawExchange(fleet.gateway.url).post(CHAT, text);
      const request = await fleet.upstream('one').request(CHAT, number);
      client.leave();
      await request.gone;
    }
    await fleet.untilIdle();
    await expectClosed(provider);
  });

  it.each([400, 404, 409, 413, 422])('many requests that are refused with %i', async (status) => {
    script(json(status, openAiError('Wrong.')));
    const provider = nextProvider();
    for (let count = 0; count < 5; count += 1) await fleet.chat({ model: `${provider}/m` });
    await expectClosed(provider);
  });

  it.each<[string, object, string, string]>([
    ['x-request-timeout-ms', {}, '100', 'total_timeout'],
    ['x-request-timeout-ms of a stream', { stream: true }, '100', 'total_timeout'],
    ['x-stainless-timeout', {}, '0.1', 'total_timeout'],
    ['x-stainless-read-timeout of a stream', { stream: true }, '0.1', 'first_token_timeout'],
  ])('callers had too little time of their own: %s', async (name, body, value, code) => {
    script(stall);
    const provider = nextProvider();
    const [header = ''] = name.split(' ');
    for (let count = 0; count < 4; count += 1) {
      const response = await fleet.chat({ model: `${provider}/m`, ...body }, { headers: { [header]: value } });
      await expectError(response, 504, { type: 'timeout_error', code });
    }
    await expectClosed(provider);
  });

  it('a 429, with which the model alone rests until its retry-after', async () => {
    script(json(429, openAiError('Slow down.'), { 'retry-after': '50' }), ANSWER);
    const provider = nextProvider();
    await expectError(await fleet.chat({ model: `${provider}/limited` }), 429);
    const again = await fleet.chat({ model: `${provider}/limited` });
    await expectError(again, 429, { type: 'rate_limit_error', code: 'rate_limit_exceeded' });
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(30);
    expect(Number(again.headers.get('retry-after'))).toBeLessThanOrEqual(50);
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(1);
    expect((await fleet.chat({ model: `${provider}/other` })).status).toBe(200);
    await expectClosed(provider);
  });

  it('a 429, and a chain goes past the model that rests', async () => {
    script(json(429, openAiError('Slow down.'), { 'retry-after': '50' }));
    fleet.upstream('two').on('POST', CHAT, ANSWER);
    const models = [`${nextProvider()}/limited`, 'two/b'];
    const attempts = [];
    for (let count = 0; count < 3; count += 1) {
      const response = await fleet.chat({ models });
      expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
      attempts.push(response.headers.get('x-mana-llm-attempts'));
    }
    expect(attempts).toEqual(['2', '1', '1']);
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(1);
  });

  it('a 429 with a short retry-after, and the model is asked again when it is over', async () => {
    script(json(429, openAiError('Slow down.'), { 'retry-after-ms': '300' }), ANSWER);
    const model = `${nextProvider()}/limited`;
    const limitedAtMs = performance.now();
    await expectError(await fleet.chat({ model }), 429);
    let response = await fleet.chat({ model });
    while (response.status === 429) response = await fleet.chat({ model });
    expect(response.status).toBe(200);
    expect(performance.now() - limitedAtMs).toBeGreaterThanOrEqual(300);
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(2);
  });
});
