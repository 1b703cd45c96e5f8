import { json, openAiCompletion, openAiError, type Reply } from '@mana-llm/llm-providers/testing';
import { CHAT, useFleet } from '../support/fleet.js';

const ANSWER = json(200, openAiCompletion());
const BROKEN = json(500, openAiError('No.'));

describe('the weights of a chain', () => {
  const fleet = useFleet(['one', 'two', 'three'], {
    config: {
      aliases: {
        even: { chain: [{ model: 'one/a', weight: 1 }, { model: 'two/b', weight: 1 }, 'three/c'] },
        uneven: {
          chain: [
            { model: 'one/a', weight: 1 },
            { model: 'two/b', weight: 1000 },
          ],
        },
      },
    },
  });

  const script = (replies: Record<'one' | 'two' | 'three', Reply>): void => {
    for (const name of ['one', 'two', 'three'] as const) fleet.upstream(name).on('POST', CHAT, replies[name]);
  };

  /** How often each model answered. */
  const drawn = async (body: Record<string, unknown>, count: number): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (let asked = 0; asked < count; asked += 1) {
      const response = await fleet.chat(body);
      await response.text();
      const model = response.headers.get('x-mana-llm-resolved') ?? '';
      counts[model] = (counts[model] ?? 0) + 1;
    }
    return counts;
  };

  // Of the tables below, one in a thousand million runs may fail by chance.
  it('let the heavier one of 1000 and 1 answer nearly all requests, wherever it stands', async () => {
    script({ one: ANSWER, two: ANSWER, three: ANSWER });
    const { 'two/b': heavy = 0, 'one/a': light = 0 } = await drawn({ model: 'uneven' }, 100);
    expect(heavy + light).toBe(100);
    expect(heavy).toBeGreaterThanOrEqual(94);
  });

  it('let equals answer both, and the one behind them never', async () => {
    script({ one: ANSWER, two: ANSWER, three: ANSWER });
    const { 'one/a': one = 0, 'two/b': two = 0 } = await drawn({ model: 'even' }, 100);
    expect(one + two).toBe(100);
    expect(Math.min(one, two)).toBeGreaterThan(15);
  });

  it('count for an alias inside a request’s own chain', async () => {
    script({ one: ANSWER, two: ANSWER, three: ANSWER });
    const counts = await drawn({ models: ['even', 'three/c'] }, 60);
    expect(Object.keys(counts).sort()).toEqual(['one/a', 'two/b']);
  });

  it('leave everything to the other one where one of them is broken, before the one behind both', async () => {
    script({ one: BROKEN, two: ANSWER, three: ANSWER });
    expect(await drawn({ model: 'even' }, 30)).toEqual({ 'two/b': 30 });
    expect(await drawn({ model: 'uneven' }, 10)).toEqual({ 'two/b': 10 });
  });

  it('leave everything to the one behind them where both are broken', async () => {
    script({ one: BROKEN, two: BROKEN, three: ANSWER });
    expect(await drawn({ model: 'even' }, 10)).toEqual({ 'three/c': 10 });
  });

  it('are listed with the alias', async () => {
    const { aliases } = (await (await fleet.get('/v1/aliases')).json()) as { aliases: object[] };
    expect(aliases).toMatchObject([
      { name: 'even', chain: ['one/a', 'two/b', 'three/c'], weights: { 'one/a': 1, 'two/b': 1 } },
      { name: 'uneven', weights: { 'one/a': 1, 'two/b': 1000 } },
    ]);
  });
});
