import {
  after,
  latch,
  json,
  openAiCompletion,
  openAiError,
  openAiStream,
  type Reply,
  resetConnection,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';

const ANSWER = json(200, openAiCompletion());
const BROKEN = json(500, openAiError('The engine stopped.'));
const AT_ONE = { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1' };
const LONG_MS = 600_000;
const SHORT_MS = 1_000;

describe('the breaker of a provider', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      routing: { retries: 0, breaker: { failures: 3, openMs: LONG_MS } },
      providers: {
        watched: AT_ONE,
        reported: AT_ONE,
        cut: AT_ONE,
        slow: { ...AT_ONE, timeouts: { firstTokenMs: 100, totalMs: 100 } },
        streams: AT_ONE,
        mixed: AT_ONE,
        chained: AT_ONE,
        back: { ...AT_ONE, routing: { breaker: { openMs: SHORT_MS } } },
        relapse: { ...AT_ONE, routing: { breaker: { openMs: SHORT_MS } } },
      },
    },
  });
  const askedOne = () => fleet.upstream('one').requestsTo(CHAT).length;
  const script = (...replies: [Reply, ...Reply[]]) => fleet.upstream('one').on('POST', CHAT, ...replies);
  const endpointOf = async (provider: string) => (await fleet.health(provider)).hosts[provider];

  const failThrice = async (provider: string, body = {}): Promise<void> => {
    for (let failed = 0; failed < 3; failed += 1) {
      const response = await fleet.chat({ model: `${provider}/m`, ...body });
      expect(response.status).toBeGreaterThanOrEqual(502);
      await response.text();
    }
  };

  const expectOpen = async (provider: string): Promise<Response> => {
    const before = askedOne();
    const response = await fleet.chat({ model: `${provider}/m` });
    await expectError(response, 503, { type: 'upstream_error', code: 'breaker_open' });
    expect(askedOne()).toBe(before);
    return response;
  };

  it('opens after so many failures in a row: nobody is asked, and callers are told when to come again', async () => {
    script(BROKEN);
    await failThrice('watched');
    const response = await expectOpen('watched');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('0');
    const retryAfterMs = Number(response.headers.get('retry-after-ms'));
    expect(retryAfterMs).toBeGreaterThan(LONG_MS / 2);
    expect(retryAfterMs).toBeLessThanOrEqual(LONG_MS);
    expect(Number(response.headers.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1000));
  });

  it('that is open is seen in GET /v1/health and in the metrics, and no other provider is', async () => {
    // A ping that is answered would end the row of failures, and the breaker would be half-open.
    fleet.upstream('one').on('GET', '/v1/models', BROKEN);
    script(BROKEN);
    const nowSeconds = Date.now() / 1000;
    await failThrice('reported');
    const report = await fleet.health('reported');
    expect(report).toMatchObject({ status: 'unhealthy', in_flight: 0, queued: 0 });
    expect(report.hosts['reported']).toMatchObject({
      status: 'unhealthy',
      breaker: 'open',
      last_error: 'reported answered with status 500.',
      in_flight: 0,
    });
    // Three requests, and each ping since.
    expect(report.hosts['reported']?.consecutive_failures).toBeGreaterThanOrEqual(3);
    expect(report.consecutive_failures).toBe(report.hosts['reported']?.consecutive_failures);
    const nextTry = report.hosts['reported']?.next_try_unix ?? 0;
    expect(nextTry).toBeGreaterThan(nowSeconds + LONG_MS / 2000);
    expect(nextTry).toBeLessThanOrEqual(Date.now() / 1000 + LONG_MS / 1000);
    expect(await endpointOf('two')).toMatchObject({ status: 'healthy', breaker: 'closed', next_try_unix: null });
    expect(await fleet.metric('mana_llm_provider_healthy', { provider: 'reported' })).toBe(0);
    expect(await fleet.metric('mana_llm_breaker_state', { provider: 'reported', host: 'reported' })).toBe(2);
  });

  it('that is open leaves every other provider alone', async () => {
    fleet.upstream('two').on('POST', CHAT, ANSWER);
    await expectOpen('watched');
    expect((await fleet.chat({ model: 'two/m' })).status).toBe(200);
  });

  it.each<[string, string, object, Reply]>([
    ['resets', 'cut', {}, resetConnection],
    ['timeouts', 'slow', {}, stall],
    ['streams that break before their content', 'streams', { stream: true }, sseStream(resetConnection)],
  ])('opens after %s as well', async (_what, provider, body, reply) => {
    script(reply);
    await failThrice(provider, body);
    await expectOpen(provider);
  });

  it('starts to count anew after an answer', async () => {
    script(BROKEN, BROKEN, ANSWER, BROKEN, BROKEN, ANSWER);
    const statuses = [];
    for (let turn = 0; turn < 6; turn += 1) statuses.push((await fleet.chat({ model: 'mixed/m' })).status);
    expect(statuses).toEqual([502, 502, 200, 502, 502, 200]);
  });

  it('that is open sends a chain to its next candidate at once', async () => {
    script(BROKEN);
    fleet.upstream('two').on('POST', CHAT, ANSWER, sseStream(openAiStream(['Hi'])));
    await failThrice('chained');
    const counted = await fleet.fallbacks('cache-unhealthy');
    for (const body of [{}, { stream: true }]) {
      const response = await fleet.chat({ models: ['chained/m', 'two/b'], ...body });
      await response.text();
      expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
      expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
    }
    expect(askedOne()).toBe(3);
    // Dashboards know it by the name that the old service gave it.
    expect(await fleet.fallbacks('cache-unhealthy')).toBe(counted + 2);
  });

  it('lets a single request in when its time is over, and closes when that is answered', async () => {
    const held = latch();
    script(BROKEN, BROKEN, BROKEN, after(held, ANSWER), ANSWER);
    await failThrice('back');
    await expectOpen('back');
    await fleet.untilHealth('back', ({ hosts }) => hosts['back']?.breaker === 'half_open');
    const probe = fleet.chat({ model: 'back/m' });
    await fleet.upstream('one').request(CHAT, 4);
    expect(await fleet.metric('mana_llm_breaker_state', { provider: 'back' })).toBe(1);
    await expectOpen('back');
    held.open();
    expect((await probe).status).toBe(200);
    expect(await endpointOf('back')).toMatchObject({ status: 'healthy', breaker: 'closed', consecutive_failures: 0 });
    expect(await fleet.metric('mana_llm_breaker_state', { provider: 'back' })).toBe(0);
    expect(await fleet.metric('mana_llm_provider_healthy', { provider: 'back' })).toBe(1);
    expect((await fleet.chat({ model: 'back/m' })).status).toBe(200);
  });

  it('opens again when the single request fails', async () => {
    script(BROKEN);
    await failThrice('relapse');
    await fleet.untilHealth('relapse', ({ hosts }) => hosts['relapse']?.breaker === 'half_open');
    await expectError(await fleet.chat({ model: 'relapse/m' }), 502);
    await expectOpen('relapse');
  });
});
