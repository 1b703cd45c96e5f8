import { after, latch, json, openAiCompletion } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';

const ANSWER = json(200, openAiCompletion());

interface Waiting {
  name: string;
  headers?: Record<string, string>;
}

describe('those who wait for a provider', () => {
  const fleet = useFleet(['one'], { config: { providers: { one: { limits: { concurrent: 1, queued: 8 } } } } });
  const by = (caller: string) => ({ 'x-mana-llm-caller': caller });
  const low = { 'x-mana-llm-priority': 'low' };

  const served = (): string[] =>
    fleet
      .upstream('one')
      .requestsTo(CHAT)
      .slice(1)
      .map(({ body }) => (body as { model: string }).model);

  /** While one runs, these come, one after the other. Returns the order in which they are served. */
  const orderOf = async (waiting: readonly Waiting[]): Promise<string[]> => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, ANSWER), ANSWER);
    const answers = [fleet.chat({ model: 'one/first' }, { headers: by('somebody') })];
    await fleet.upstream('one').request(CHAT);
    for (const [index, { name, headers = {} }] of waiting.entries()) {
      answers.push(fleet.chat({ model: `one/${name}` }, { headers }));
      await fleet.untilHealth('one', ({ queued }) => queued === index + 1);
    }
    held.open();
    for (const answer of answers) expect((await answer).status).toBe(200);
    return served();
  };

  it('are served first come, first served where one caller sends them all', async () => {
    expect(await orderOf([{ name: 'a' }, { name: 'b' }, { name: 'c' }])).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, Record<string, string>]>([
    ['', {}],
    [' under one API key that nobody checks', { authorization: 'Bearer shared' }],
  ])('take turns among the names that they send%s', async (_where, headers) => {
    const batch = { ...headers, ...by('batch') };
    const chat = { ...headers, ...by('chat') };
    const order = await orderOf([
      { name: 'batch1', headers: batch },
      { name: 'batch2', headers: batch },
      { name: 'batch3', headers: batch },
      { name: 'chat1', headers: chat },
      { name: 'chat2', headers: chat },
    ]);
    expect(order).toEqual(['batch1', 'chat1', 'batch2', 'chat2', 'batch3']);
  });

  it('of low priority wait behind all others, whoever they are', async () => {
    const order = await orderOf([
      { name: 'low1', headers: { ...low, ...by('a') } },
      { name: 'low2', headers: { ...low, ...by('b') } },
      { name: 'normal1', headers: by('a') },
      { name: 'normal2', headers: by('c') },
    ]);
    expect(order).toEqual(['normal1', 'normal2', 'low1', 'low2']);
  });

  it('make room in a full queue: the newest of a batch is refused for another caller', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, ANSWER), ANSWER);
    const running = fleet.chat({ model: 'one/first' });
    await fleet.upstream('one').request(CHAT);
    const batch: Promise<Response>[] = [];
    for (let count = 1; count <= 8; count += 1) {
      batch.push(fleet.chat({ model: `one/batch${count}` }, { headers: by('batch') }));
      await fleet.untilHealth('one', ({ queued }) => queued === count);
    }
    const chat = fleet.chat({ model: 'one/chat' }, { headers: by('chat') });
    const [refused, ...others] = batch.reverse();
    await expectError((await refused) ?? Response.error(), 429, { code: 'queue_full' });
    held.open();
    for (const answer of [running, chat, ...others]) expect((await answer).status).toBe(200);
    expect(served().slice(0, 2).sort()).toEqual(['batch1', 'chat']);
  });
});
