import { after, latch, json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, type Fleet, useFleet } from '../support/fleet.js';
import { until } from '../support/until.js';

const ANSWER = json(200, openAiCompletion());
const CONFIG = { providers: { one: { limits: { concurrent: 1, queued: 4 } } } };

interface Waiting {
  name: string;
  headers: Record<string, string>;
}

/** While one runs, these come, one after the other. Returns the order in which they are served; one that is refused is not in it. */
async function orderOf(
  fleet: Fleet<'one'>,
  waiting: readonly Waiting[],
): Promise<{ served: string[]; refused: string[] }> {
  const held = latch();
  fleet.upstream('one').on('POST', CHAT, after(held, ANSWER), ANSWER);
  const answers = [fleet.chat({ model: 'one/first' }, { headers: { 'x-api-key': 'somebody' } })];
  await fleet.upstream('one').request(CHAT);
  const refused: string[] = [];
  for (const [index, { name, headers }] of waiting.entries()) {
    const answer = fleet.chat({ model: `one/${name}` }, { headers });
    answers.push(
      answer.then((response) => {
        if (response.status === 429) refused.push(name);
        return response;
      }),
    );
    await until(
      async () =>
        ((await fleet.metric('mana_llm_queue_depth', { provider: 'one', host: 'one' })) ?? 0) + refused.length,
      (come) => come === index + 1,
    );
  }
  held.open();
  for (const answer of await Promise.all(answers)) {
    if (answer.status === 429) await expectError(answer, 429, { code: 'queue_full' });
    else expect(answer.status).toBe(200);
  }
  const requests = fleet.upstream('one').requestsTo(CHAT).slice(1);
  return { served: requests.map(({ body }) => (body as { model: string }).model), refused };
}

describe('callers with API keys that wait for a provider', () => {
  const fleet = useFleet(['one'], { config: CONFIG, env: { API_KEYS: 'batch-key,chat-key,somebody' } });
  const batch = { 'x-api-key': 'batch-key' };
  const chat = { authorization: 'Bearer chat-key' };

  it.each<[string, (request: number) => Record<string, string>]>([
    ['whichever header carries the key', (n) => (n % 2 === 0 ? batch : { authorization: 'Bearer batch-key' })],
    ['whatever bearer stands beside the key', (n) => ({ ...batch, authorization: `Bearer made-up-${n}` })],
    ['whatever names one of them gives itself', (n) => ({ ...batch, 'x-mana-llm-caller': `fresh ${n}` })],
    ['wherever they say that they come from', (n) => ({ ...batch, 'x-forwarded-for': `10.9.0.${n}` })],
  ])('take turns, %s', async (_what, headersOf) => {
    const { served } = await orderOf(fleet, [
      { name: 'batch1', headers: headersOf(1) },
      { name: 'batch2', headers: headersOf(2) },
      { name: 'batch3', headers: headersOf(3) },
      { name: 'chat', headers: chat },
    ]);
    expect(served).toEqual(['batch1', 'chat', 'batch2', 'batch3']);
  });

  it('make room for each other in a full queue, however many names one of them gives itself', async () => {
    const fresh = (n: number): Waiting => ({
      name: `batch${n}`,
      headers: { ...batch, authorization: `Bearer made-up-${n}`, 'x-mana-llm-caller': `fresh ${n}` },
    });
    const { served, refused } = await orderOf(fleet, [
      ...[1, 2, 3, 4].map(fresh),
      { name: 'chat', headers: chat },
      fresh(5),
    ]);
    expect(refused).toHaveLength(2);
    expect(refused).toContain('batch5');
    expect(served.indexOf('chat')).toBeLessThan(2);
  });

  it('and with names of their own take turns among these, within their own turns', async () => {
    const { served } = await orderOf(fleet, [
      { name: 'x1', headers: { ...batch, 'x-mana-llm-caller': 'x' } },
      { name: 'x2', headers: { ...batch, 'x-mana-llm-caller': 'x' } },
      { name: 'y', headers: { ...batch, 'x-mana-llm-caller': 'y' } },
      { name: 'chat', headers: { ...chat, 'x-mana-llm-caller': 'x' } },
    ]);
    expect(served).toEqual(['x1', 'chat', 'y', 'x2']);
  });
});

const from = (...hops: string[]): Record<string, string> => ({ 'x-forwarded-for': hops.join(', ') });

describe('callers without API keys that wait for a provider', () => {
  const fleet = useFleet(['one'], { config: CONFIG });

  it('are one where they come from one address, whatever they say of themselves', async () => {
    const { served } = await orderOf(fleet, [
      { name: 'one', headers: { authorization: 'Bearer a', ...from('10.9.0.1') } },
      { name: 'two', headers: { authorization: 'Bearer a', ...from('10.9.0.1') } },
      { name: 'three', headers: { authorization: 'Bearer b', ...from('10.9.0.2') } },
    ]);
    expect(served).toEqual(['one', 'two', 'three']);
  });
});

describe.each(['1', 'true'])('callers behind a proxy, with TRUST_PROXY=%s,', (trustProxy) => {
  const fleet = useFleet(['one'], { config: CONFIG, env: { TRUST_PROXY: trustProxy } });

  it('take turns by the address that the proxy names, not by one that they name themselves', async () => {
    const { served } = await orderOf(fleet, [
      { name: 'batch1', headers: from('192.0.2.1', '10.9.0.1') },
      { name: 'batch2', headers: from('192.0.2.2', '10.9.0.1') },
      { name: 'batch3', headers: from('192.0.2.3', '10.9.0.1:50123') },
      { name: 'chat', headers: from('192.0.2.1', '10.9.0.2') },
    ]);
    expect(served).toEqual(['batch1', 'chat', 'batch2', 'batch3']);
  });
});
