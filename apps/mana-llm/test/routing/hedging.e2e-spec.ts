import { setTimeout as delay } from 'node:timers/promises';
import {
  after,
  latch,
  json,
  openAiChunk,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  type Reply,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, HELLO, useFleet } from '../support/fleet.js';
import { RawExchange } from '../support/raw-exchange.js';
import { contentOf, readStream } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';

const EMBEDDINGS = '/v1/embeddings';
const answer = (content: string): Reply => json(200, openAiCompletion({ message: { content } }));
const CHAIN = { models: ['one/a', 'two/b'] };

/** Some providers answer with a role long before they have something to say. */
const ROLE = sse(openAiChunk({ delta: { role: 'assistant', content: '' } }));

describe('with `routing.hedgeAfterMs` a slow candidate', () => {
  const fleet = useFleet(['one', 'two', 'three'], {
    config: {
      routing: { retries: 0, hedgeAfterMs: 100, breaker: { failures: 2 } },
      providers: {
        patient: { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1', routing: { hedgeAfterMs: 2_000 } },
      },
    },
  });
  const hedges = async (outcome: string) => (await fleet.metric('mana_llm_hedges_total', { outcome })) ?? 0;

  const expectHedged = async (response: Response): Promise<void> => {
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    await (
      await fleet.upstream('one').request(response.url.endsWith(EMBEDDINGS) ? EMBEDDINGS : CHAT)
    ).gone;
  };

  it('of a chat loses to the next one, and its request is cut', async () => {
    fleet.upstream('one').on('POST', CHAT, stall);
    fleet.upstream('two').on('POST', CHAT, answer('two'));
    const before = await hedges('won');
    const response = await fleet.chat(CHAIN);
    await expectHedged(response);
    expect(await response.json()).toMatchObject({ model: 'two/b', choices: [{ message: { content: 'two' } }] });
    expect(await hedges('won')).toBe(before + 1);
  });

  it.each<[string, Reply]>([
    ['says nothing', stall],
    ['says its role and no more', sseStream(ROLE, stall)],
  ])('of a stream loses to the next one, and its request is cut: it %s', async (_what, reply) => {
    fleet.upstream('one').on('POST', CHAT, reply);
    fleet.upstream('two').on('POST', CHAT, sseStream(openAiStream(['Hi', ' there'])));
    const response = await fleet.chat({ ...CHAIN, stream: true });
    await expectHedged(response);
    const stream = await readStream(response);
    expect({ content: contentOf(stream), isDone: stream.isDone }).toEqual({ content: 'Hi there', isDone: true });
  });

  it('of an embedding loses to the next one, and its request is cut', async () => {
    fleet.upstream('one').on('POST', EMBEDDINGS, stall);
    fleet.upstream('two').on('POST', EMBEDDINGS, json(200, openAiEmbeddings([1])));
    await expectHedged(await fleet.post(EMBEDDINGS, { ...CHAIN, input: 'x' }));
  });

  it('may still win, and the other request is cut', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, answer('one')));
    fleet.upstream('two').on('POST', CHAT, stall);
    const before = await hedges('lost');
    const pending = fleet.chat(CHAIN);
    const { gone } = await fleet.upstream('two').request(CHAT);
    held.open();
    const response = await pending;
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    await gone;
    expect(await hedges('lost')).toBe(before + 1);
  });

  it('whose stream has begun has no rival any more, however slow it goes on', async () => {
    const begun = sse(openAiChunk({ delta: { content: 'One' } }));
    fleet.upstream('one').on(
      'POST',
      CHAT,
      sseStream(begun, () => delay(2_500), openAiStream([' goes on'])),
    );
    const reader = new StreamReader(await fleet.chat({ models: ['patient/a', 'two/b'], stream: true }));
    expect(contentOf(await reader.rest())).toBe('One goes on');
    expect(fleet.upstream('two').requestsTo(CHAT)).toEqual([]);
  });

  it('and its rival that fails leave it to the third one', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, json(500, openAiError('No.'))));
    fleet.upstream('two').on('POST', CHAT, async (exchange) => {
      held.open();
      await json(500, openAiError('No.'))(exchange);
    });
    fleet.upstream('three').on('POST', CHAT, answer('three'));
    const response = await fleet.chat({ models: ['one/a', 'two/b', 'three/c'] });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('three/c');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('3');
  });

  it('and its rival are both cut when the caller leaves', async () => {
    for (const name of ['one', 'two'] as const) fleet.upstream(name).on('POST', CHAT, stall);
    const client = new RawExchange(fleet.gateway.url).post(CHAT, JSON.stringify({ ...CHAIN, messages: HELLO }));
    const second = await fleet.upstream('two').request(CHAT);
    const first = await fleet.upstream('one').request(CHAT);
    client.leave();
    await Promise.all([first.gone, second.gone]);
    await fleet.untilIdle();
    expect(fleet.upstream('three').requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('that loses again and again is not taken for broken', async () => {
    fleet.upstream('one').on('POST', CHAT, stall);
    fleet.upstream('two').on('POST', CHAT, answer('two'));
    for (let count = 0; count < 4; count += 1) expect((await fleet.chat(CHAIN)).status).toBe(200);
    expect(fleet.upstream('one').requestsTo(CHAT)).toHaveLength(4);
    await fleet.untilHealth('one', ({ in_flight }) => in_flight === 0);
    expect((await fleet.health('one')).hosts['one']?.breaker).toBe('closed');
  });

  it('that says what is wrong with the request ends it, and its rival is cut', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, json(400, openAiError('Wrong.'))));
    fleet.upstream('two').on('POST', CHAT, stall);
    const pending = fleet.chat(CHAIN);
    const { gone } = await fleet.upstream('two').request(CHAT);
    held.open();
    await expectError(await pending, 400, { message: 'Wrong.' });
    await gone;
  });
});

describe('without `routing.hedgeAfterMs` a slow candidate', () => {
  const fleet = useFleet(['one', 'two']);

  it.each([[{}], [{ stream: true }]])('has no rival (%j)', async (body) => {
    fleet.upstream('one').on('POST', CHAT, async (exchange) => {
      await delay(400);
      await ('stream' in body ? sseStream(openAiStream(['one'])) : answer('one'))(exchange);
    });
    const response = await fleet.chat({ ...CHAIN, ...body });
    await response.text();
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
    expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
    expect(fleet.upstream('two').requestsTo(CHAT)).toEqual([]);
  });
});
