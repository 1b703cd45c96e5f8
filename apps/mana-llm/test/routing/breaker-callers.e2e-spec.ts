import {
  after,
  type Exchange,
  latch,
  json,
  openAiCompletion,
  openAiError,
  type Reply,
  resetConnection,
} from '@mana-llm/llm-providers/testing';
import { CHAT, useFleet } from '../support/fleet.js';

const FAILURES = 5;
const ANSWER = json(200, openAiCompletion());
const CRASH = json(500, openAiError('The runner crashed on this input.'));
const AT_ONE = { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1' };
const POISON = [{ role: 'user', content: 'POISON' }];
const ROUNDS = 40;

describe('the breaker, where one caller sends what always fails', () => {
  const fleet = useFleet(['one'], {
    env: { API_KEYS: 'a,b,v' },
    config: {
      routing: { retries: 0, breaker: { failures: FAILURES, openMs: 60_000 } },
      providers: Object.fromEntries(
        ['flood', 'cuts', 'fresh', 'fresh-cuts', 'names', 'models', 'outage'].map((name) => [name, AT_ONE]),
      ),
    },
  });

  const ask = async (caller: string, model: string, messages?: object): Promise<number> => {
    const headers = { 'x-api-key': caller };
    const response = await fleet.chat({ model, ...(messages === undefined ? {} : { messages }) }, { headers });
    await response.text();
    return response.status;
  };
  const isPoison = ({ request }: Exchange): boolean => JSON.stringify(request.body).includes('POISON');
  const scriptPoison = (reply: Reply): void => {
    fleet.upstream('one').on('POST', CHAT, (exchange) => (isPoison(exchange) ? reply : ANSWER)(exchange));
  };
  /** Until the breaker is open for the caller. */
  const poison = async (caller: string, model: string): Promise<void> => {
    for (let asked = 0; asked < FAILURES; asked += 1) expect(await ask(caller, model, POISON)).toBe(502);
    expect(await ask(caller, model)).toBe(503);
  };

  it.each<[string, string, Reply]>([
    ['the model answers with 500', 'flood', CRASH],
    ['the endpoint cuts the connection', 'cuts', resetConnection],
  ])('refuses that caller and no other one of the same model: %s', async (_what, provider, reply) => {
    scriptPoison(reply);
    const model = `${provider}/m`;
    const statuses: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const poisoned = Array.from({ length: FAILURES }, () => ask('a', model, POISON));
      statuses.push(await ask('v', model));
      for (const status of await Promise.all(poisoned)) expect([502, 503]).toContain(status);
    }
    expect(statuses).toEqual(Array(ROUNDS).fill(200));
    // The first ones, and for each ping that is answered one more.
    expect(fleet.upstream('one').requestsTo(CHAT).length).toBeLessThan(ROUNDS + 4 * FAILURES);
  });

  it.each<[string, string, Reply]>([
    ['the model', 'fresh', CRASH],
    ['the endpoint', 'fresh-cuts', resetConnection],
  ])('serves another caller who comes when %s is not asked already', async (_what, provider, reply) => {
    scriptPoison(reply);
    // A ping that is answered would let the first caller in again.
    fleet.upstream('one').on('GET', '/v1/models', resetConnection);
    await poison('a', `${provider}/m`);
    expect(await ask('v', `${provider}/m`)).toBe(200);
    expect(await ask('a', `${provider}/m`)).toBe(503);
  });

  it('serves another caller where the provider is not asked because of two models', async () => {
    scriptPoison(CRASH);
    await poison('a', 'models/one');
    await poison('a', 'models/two');
    expect([await ask('a', 'models/good'), await ask('v', 'models/good')]).toEqual([503, 200]);
    // That shows that the endpoint works.
    expect(await ask('a', 'models/good')).toBe(200);
  });

  it('takes all who share a key for one caller, whatever names they give', async () => {
    scriptPoison(CRASH);
    const askAs = async (name: string, messages?: object): Promise<number> => {
      const headers = { 'x-api-key': 'a', 'x-mana-llm-caller': name };
      return (await fleet.chat({ model: 'names/m', ...(messages === undefined ? {} : { messages }) }, { headers }))
        .status;
    };
    for (let asked = 0; asked < FAILURES; asked += 1) expect(await askAs('batch', POISON)).toBe(502);
    expect([await askAs('batch'), await askAs('web')]).toEqual([503, 503]);
  });

  it('refuses everybody after one failure each where the model fails for all', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, CRASH));
    const first = ['a', 'b', 'a', 'b', 'a'].map((caller) => ask(caller, 'outage/m'));
    await fleet.upstream('one').request(CHAT, FAILURES);
    held.open();
    expect(await Promise.all(first)).toEqual(Array(FAILURES).fill(502));
    expect([await ask('a', 'outage/m'), await ask('b', 'outage/m')]).toEqual([503, 503]);
    expect([await ask('v', 'outage/m'), await ask('v', 'outage/m')]).toEqual([502, 503]);
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(FAILURES + 1);
  });
});
