import { after, latch, json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';

const ANSWER = json(200, openAiCompletion());

describe('a caller with little time at a provider that is busy', () => {
  const fleet = useFleet(['one', 'two'], {
    config: { providers: { one: { limits: { concurrent: 1, queued: 5 } } } },
  });
  const within = (ms: number) => ({ headers: { 'x-request-timeout-ms': String(ms) } });

  /** One request runs until it is finished. */
  const occupy = async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, ANSWER), ANSWER);
    const running = fleet.chat({ model: 'one/m' });
    await fleet.upstream('one').request(CHAT);
    const finish = async (): Promise<void> => {
      held.open();
      expect((await running).status).toBe(200);
    };
    return { finish };
  };

  it('waits as long as it has time, and is refused then', async () => {
    const { finish } = await occupy();
    const startedAtMs = performance.now();
    const response = await fleet.chat({ model: 'one/m' }, within(1_000));
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(1_000);
    await expectError(response, 429, { type: 'rate_limit_error', code: 'queue_timeout' });
    expect(response.headers.get('retry-after')).not.toBeNull();
    await finish();
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(1);
  });

  // The test above has shown the gateway that a request takes a second.
  it('is refused at once where those ahead take longer than it has', async () => {
    const { finish } = await occupy();
    const patient = [1, 2].map(() => fleet.chat({ model: 'one/m' }, within(60_000)));
    await fleet.untilHealth('one', ({ queued }) => queued === 2);
    const startedAtMs = performance.now();
    const response = await fleet.chat({ model: 'one/m' }, within(2_500));
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
    await expectError(response, 429, { type: 'rate_limit_error', code: 'queue_timeout' });
    expect(Number(response.headers.get('retry-after-ms'))).toBeGreaterThanOrEqual(3_000);
    await finish();
    for (const answer of patient) expect((await answer).status).toBe(200);
  });

  it('is served by the next candidate of its chain', async () => {
    const { finish } = await occupy();
    fleet.upstream('two').on('POST', CHAT, ANSWER);
    const response = await fleet.chat({ models: ['one/m', 'two/b'] }, within(400));
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
    await finish();
  });
});
