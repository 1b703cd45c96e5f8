import { json, openAiCompletion, openAiError, resetConnection } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, HELLO, useFleet } from '../support/fleet.js';
import { RawExchange } from '../support/raw-exchange.js';
import { until } from '../support/until.js';

const ANSWER = json(200, openAiCompletion());
const AT_ONE = { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1' };
const breaker = { failures: 1_000_000 };

describe('what keeps retries few', () => {
  const fleet = useFleet(['one'], {
    config: {
      routing: { retries: 1, breaker },
      providers: {
        deadline: AT_ONE,
        again: AT_ONE,
        hasty: { ...AT_ONE, routing: { retryBudgetMs: 500 } },
        often: { ...AT_ONE, routing: { retries: 3 } },
        leaving: AT_ONE,
        outage: AT_ONE,
      },
    },
  });
  const askedOne = () => fleet.upstream('one').requestsTo(CHAT).length;
  const slowDown = (retryAfter: string) => json(429, openAiError('Slow down.'), { 'retry-after': retryAfter });

  it.each(['x-request-timeout-ms', 'x-stainless-timeout', 'x-stainless-read-timeout'])(
    'a wait that would pass the caller’s own %s is not begun',
    async (header) => {
      fleet.upstream('one').on('POST', CHAT, slowDown('3'), ANSWER);
      const headers = { [header]: header.endsWith('-ms') ? '2000' : '2' };
      const response = await fleet.chat({ model: `deadline/${header}` }, { headers });
      await expectError(response, 429, { type: 'rate_limit_error' });
      expect(response.headers.get('retry-after')).toBe('3');
      expect(askedOne()).toBe(1);
    },
  );

  it('a wait that ends before the caller’s limit is waited for', async () => {
    fleet.upstream('one').on('POST', CHAT, slowDown('1'), ANSWER);
    const response = await fleet.chat({ model: 'deadline/m' }, { headers: { 'x-request-timeout-ms': '15000' } });
    expect(response.status).toBe(200);
  });

  it('a wait that would pass `retryBudgetMs` is not begun', async () => {
    fleet.upstream('one').on('POST', CHAT, slowDown('1'), ANSWER);
    await expectError(await fleet.chat({ model: 'hasty/m' }), 429);
    expect(askedOne()).toBe(1);
  });

  it.each<[string, number]>([
    ['0', 2],
    ['1', 1],
    ['2', 1],
    ['many', 2],
  ])('a caller’s own retries are taken off: x-stainless-retry-count: %s', async (count, asked) => {
    fleet.upstream('one').on('POST', CHAT, resetConnection);
    const response = await fleet.chat({ model: 'again/m' }, { headers: { 'x-stainless-retry-count': count } });
    await expectError(response, 502, { code: 'connection_failed' });
    expect(askedOne()).toBe(asked);
  });

  it('a provider may be asked more often', async () => {
    fleet.upstream('one').on('POST', CHAT, resetConnection, resetConnection, resetConnection, ANSWER);
    const response = await fleet.chat({ model: 'often/m' });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('4');
  });

  it('a caller who leaves in the midst of the wait is not retried for', async () => {
    fleet.upstream('one').on('POST', CHAT, slowDown('1'), slowDown('2'), ANSWER);
    const ask = JSON.stringify({ model: 'leaving/a', messages: HELLO });
    const client = new RawExchange(fleet.gateway.url).post(CHAT, ask);
    const count = () => fleet.metric('mana_llm_retries_total', { provider: 'leaving' });
    await until(count, (retries) => retries === 1);
    client.leave();
    await fleet.untilIdle();
    // One that waits longer shows that the time of the other one is over.
    expect((await fleet.chat({ model: 'leaving/b' })).status).toBe(200);
    const asked = fleet
      .upstream('one')
      .requestsTo(CHAT)
      .map(({ body }) => (body as { model: string }).model);
    expect(asked).toEqual(['a', 'b', 'b']);
  });

  it('an outage is met with few of them, however many ask', async () => {
    fleet.upstream('one').on('POST', CHAT, resetConnection);
    const answers = await Promise.all(Array.from({ length: 100 }, () => fleet.chat({ model: 'outage/m' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([502]));
    expect(askedOne()).toBeGreaterThan(100);
    // The first three are free, and they count.
    expect(askedOne()).toBeLessThanOrEqual(110);
  });
});
