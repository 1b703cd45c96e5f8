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
  resetConnection,
  sse,
  sseStream,
  stall,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, HELLO, useFleet } from '../support/fleet.js';
import { RawExchange } from '../support/raw-exchange.js';
import { StreamReader } from '../support/stream-reader.js';
import { expectBrokenStream } from '../streams/support/expect-broken-stream.js';

const EMBEDDINGS = '/v1/embeddings';
const CHAIN = { models: ['one/a', 'two/b'] };
const CONTENT = sse(openAiChunk({ delta: { content: 'Once' } }));

describe('nobody else is asked', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      providers: {
        hasty: { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1', timeouts: { idleMs: 150 } },
        narrow: { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1', limits: { concurrent: 1 } },
      },
    },
  });
  const askedTwo = () =>
    fleet.upstream('two').requestsTo(CHAT).length + fleet.upstream('two').requestsTo(EMBEDDINGS).length;

  // The second candidate would answer: a request that reaches it is a 200.
  beforeEach(() => {
    fleet
      .upstream('two')
      .on('POST', CHAT, ({ request, response }) => {
        const isStream = (request.body as { stream?: boolean }).stream === true;
        return (isStream ? sseStream(openAiStream(['two'])) : json(200, openAiCompletion()))({ request, response });
      })
      .on('POST', EMBEDDINGS, json(200, openAiEmbeddings([1])));
  });

  const REFUSALS: [number, number, string][] = [
    [400, 400, 'invalid_request_error'],
    [413, 413, 'invalid_request_error'],
    [422, 422, 'invalid_request_error'],
    [405, 502, 'upstream_error'],
    [409, 502, 'upstream_error'],
    [418, 502, 'upstream_error'],
  ];

  it.each(REFUSALS)('after %i, which tells of the request', async (said, status, type) => {
    const reply = json(said, openAiError('Wrong.'));
    fleet.upstream('one').on('POST', CHAT, reply).on('POST', EMBEDDINGS, reply);
    for (const response of [
      await fleet.chat(CHAIN),
      await fleet.chat({ ...CHAIN, stream: true }),
      await fleet.post(EMBEDDINGS, { ...CHAIN, input: 'x' }),
    ]) {
      await expectError(response, status, { type });
      expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
      expect(response.headers.get('x-mana-llm-attempts')).toBe('1');
    }
    expect(askedTwo()).toBe(0);
  });

  it.each<[string, Reply]>([
    ['with 403', json(403, { code: 'permission-denied', error: 'Content violates usage guidelines.' })],
    ['with 400', json(400, openAiError('Content Exists Risk', { type: 'invalid_request_error' }))],
    ['inside a 200', json(200, openAiError('No.', { type: 'invalid_request_error', code: 'content_filter' }))],
  ])('after a refusal of the content, %s', async (_how, reply) => {
    fleet.upstream('one').on('POST', CHAT, reply);
    for (const response of [await fleet.chat(CHAIN), await fleet.chat({ ...CHAIN, stream: true })]) {
      await expectError(response, 400, { type: 'invalid_request_error', code: 'content_filter' });
    }
    expect(askedTwo()).toBe(0);
  });

  it.each<[string, string, Reply]>([
    ['a reset', 'one/a', resetConnection],
    ['an end too early', 'one/a', () => undefined],
    ['an error of the provider', 'one/a', ({ response }) => void response.write(sse(openAiError('Out of memory.')))],
    ['a silence', 'hasty/a', stall],
  ])('after the first content: %s is an error frame', async (_what, first, end) => {
    const seen = latch();
    fleet.upstream('one').on('POST', CHAT, sseStream(CONTENT, seen, end));
    const response = await fleet.chat({ models: [first, 'two/b'], stream: true });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-resolved')).toBe(first);
    const reader = new StreamReader(response);
    await reader.readUntil('Once');
    seen.open();
    expectBrokenStream(await reader.rest(), 'Once');
    await fleet.untilIdle();
    expect(askedTwo()).toBe(0);
  });

  it.each<[string, string, Record<string, unknown>, Reply]>([
    ['a chat', CHAT, { messages: HELLO }, stall],
    ['a stream', CHAT, { messages: HELLO, stream: true }, stall],
    ['a stream that has spoken', CHAT, { messages: HELLO, stream: true }, sseStream(CONTENT, stall)],
    ['an embedding', EMBEDDINGS, { input: 'x' }, stall],
  ])('after the caller of %s has left', async (_what, path, body, reply) => {
    fleet.upstream('one').on('POST', path, reply);
    const client = new RawExchange(fleet.gateway.url).post(path, JSON.stringify({ ...CHAIN, ...body }));
    const request = await fleet.upstream('one').request(path);
    client.leave();
    await request.gone;
    await fleet.untilIdle();
    expect(askedTwo()).toBe(0);
  });

  it('after a caller has left while the second of three was asked', async () => {
    fleet.upstream('one').on('POST', CHAT, json(500, openAiError('No.')), stall);
    const models = ['one/a', 'one/b', 'two/c'];
    const client = new RawExchange(fleet.gateway.url).post(CHAT, JSON.stringify({ models, messages: HELLO }));
    const request = await fleet.upstream('one').request(CHAT, 2);
    client.leave();
    await request.gone;
    await fleet.untilIdle();
    expect(askedTwo()).toBe(0);
  });

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['a chat', {}, { 'x-request-timeout-ms': '150' }],
    ['a stream', { stream: true }, { 'x-request-timeout-ms': '150' }],
    ['a chat by an official client', {}, { 'x-stainless-timeout': '0.15' }],
    ['a stream by an official client', { stream: true }, { 'x-stainless-read-timeout': '0.15' }],
  ])('after the time that the caller of %s has is over', async (_what, body, headers) => {
    fleet.upstream('one').on('POST', CHAT, stall);
    const response = await fleet.chat({ ...CHAIN, ...body }, { headers });
    await expectError(response, 504, { type: 'timeout_error' });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('one/a');
    await fleet.untilIdle();
    expect(askedTwo()).toBe(0);
  });

  it('after the time that the caller has is over while it waits for a place', async () => {
    const held = latch();
    fleet.upstream('one').on('POST', CHAT, after(held, json(200, openAiCompletion())));
    const running = fleet.chat({ model: 'narrow/a' });
    await fleet.upstream('one').request(CHAT);
    const response = await fleet.chat(
      { models: ['narrow/a', 'two/b'] },
      { headers: { 'x-request-timeout-ms': '150' } },
    );
    await expectError(response, 429, { code: 'queue_timeout' });
    held.open();
    expect((await running).status).toBe(200);
    await fleet.untilIdle();
    expect(askedTwo()).toBe(0);
  });
});
