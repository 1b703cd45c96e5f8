import {
  after,
  latch,
  json,
  openAiChunk,
  openAiCompletion,
  openAiEmbeddings,
  openAiStream,
  type Reply,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, HELLO, useFleet } from '../support/fleet.js';
import { RawExchange } from '../support/raw-exchange.js';
import { readStream } from '../support/stream-answer.js';
import { StreamReader } from '../support/stream-reader.js';

const ANSWER = json(200, openAiCompletion());

describe('a provider that takes one request at a time and lets one wait', () => {
  const fleet = useFleet(['one', 'two'], {
    config: { providers: { one: { limits: { concurrent: 1, queued: 1 } } } },
  });
  const script = (...replies: [Reply, ...Reply[]]) => fleet.upstream('one').on('POST', CHAT, ...replies);
  const asked = () => fleet.upstream('one').requestsTo(CHAT).length;
  const untilLoad = (inFlight: number, queued: number) =>
    fleet.untilHealth('one', (report) => report.in_flight === inFlight && report.queued === queued);

  /** One that runs until the latch opens, and one that waits. */
  const fill = async () => {
    const held = latch();
    script(after(held, ANSWER), ANSWER);
    const running = fleet.chat({ model: 'one/m' });
    await fleet.upstream('one').request(CHAT);
    const waiting = fleet.chat({ model: 'one/m' });
    await untilLoad(1, 1);
    const finish = async (): Promise<void> => {
      held.open();
      expect([(await running).status, (await waiting).status]).toEqual([200, 200]);
    };
    return { finish };
  };

  it('lets the second one wait until the first has its answer', async () => {
    const { finish } = await fill();
    expect(asked()).toBe(1);
    expect(await fleet.metric('mana_llm_queue_depth', { provider: 'one', host: 'one' })).toBe(1);
    await finish();
    expect(asked()).toBe(2);
    expect(await fleet.metric('mana_llm_queue_depth', { provider: 'one', host: 'one' })).toBe(0);
    expect(await fleet.health('one')).toMatchObject({ in_flight: 0, queued: 0 });
  });

  it.each([[{}], [{ stream: true }]])('refuses the third one with 429 and a time to come again (%j)', async (body) => {
    const { finish } = await fill();
    const response = await fleet.chat({ model: 'one/m', ...body });
    await expectError(response, 429, { type: 'rate_limit_error', code: 'queue_full' });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(response.headers.get('retry-after-ms'))).toBeGreaterThan(0);
    expect(response.headers.get('x-should-retry')).toBeNull();
    expect(response.headers.get('x-mana-llm-attempts')).toBe('0');
    expect(asked()).toBe(1);
    await finish();
  });

  it.each([[{}], [{ stream: true }]])('leaves the third one to the next candidate of its chain (%j)', async (body) => {
    const { finish } = await fill();
    fleet.upstream('two').on('POST', CHAT, 'stream' in body ? sseStream(openAiStream(['Hi'])) : ANSWER);
    const models = [`one/${JSON.stringify(body)}`, 'two/b'];
    const counted = await fleet.fallbacks('queue_full');
    const response = await fleet.chat({ models, ...body });
    await response.text();
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
    expect(await fleet.fallbacks('queue_full')).toBe(counted + 1);
    await finish();
  });

  it('counts embeddings and chats together', async () => {
    const { finish } = await fill();
    const body = { models: ['one/e', 'two/e'], input: 'x' };
    fleet.upstream('two').on('POST', '/v1/embeddings', json(200, openAiEmbeddings([1])));
    const response = await fleet.post('/v1/embeddings', body);
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/e');
    await finish();
  });

  it('counts a stream until its end', async () => {
    const spoken = latch();
    const whole = openAiStream(['there']);
    script(sseStream(sse(openAiChunk({ delta: { content: 'Hi' } })), spoken, whole), ANSWER);
    const reader = new StreamReader(await fleet.chat({ model: 'one/m', stream: true }));
    await reader.readUntil('Hi');
    const waiting = fleet.chat({ model: 'one/m' });
    await untilLoad(1, 1);
    expect(asked()).toBe(1);
    spoken.open();
    expect((await reader.rest()).isDone).toBe(true);
    expect((await waiting).status).toBe(200);
  });

  it('gives the place of a stream whose reader has left to the one who waits', async () => {
    script(sseStream(sse(openAiChunk({ delta: { content: 'Hi' } })), stall), ANSWER);
    const body = JSON.stringify({ model: 'one/m', messages: HELLO, stream: true });
    const client = new RawExchange(fleet.gateway.url).post(CHAT, body);
    await client.received('Hi');
    const waiting = fleet.chat({ model: 'one/m' });
    await untilLoad(1, 1);
    client.leave();
    expect((await waiting).status).toBe(200);
  });

  it('gives the place of a waiting caller who leaves to another one', async () => {
    const held = latch();
    script(after(held, ANSWER), ANSWER);
    const running = fleet.chat({ model: 'one/m' });
    await fleet.upstream('one').request(CHAT);
    const body = JSON.stringify({ model: 'one/left', messages: HELLO });
    const client = new RawExchange(fleet.gateway.url).post(CHAT, body);
    await untilLoad(1, 1);
    client.leave();
    await untilLoad(1, 0);
    const waiting = fleet.chat({ model: 'one/m' });
    await untilLoad(1, 1);
    held.open();
    expect([(await running).status, (await waiting).status]).toEqual([200, 200]);
    const models = fleet
      .upstream('one')
      .requestsTo(CHAT)
      .map(({ body }) => (body as { model: string }).model);
    expect(models).toEqual(['m', 'm']);
  });

  it('lets a waiting stream begin as any other', async () => {
    const held = latch();
    script(after(held, ANSWER), sseStream(openAiStream(['Hi'])));
    const running = fleet.chat({ model: 'one/m' });
    await fleet.upstream('one').request(CHAT);
    const waiting = fleet.chat({ model: 'one/m', stream: true });
    await untilLoad(1, 1);
    held.open();
    expect((await running).status).toBe(200);
    expect((await readStream(await waiting)).isDone).toBe(true);
  });
});
