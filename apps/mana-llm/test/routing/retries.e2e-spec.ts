import {
  json,
  openAiCompletion,
  openAiEmbeddings,
  openAiError,
  openAiStream,
  type Reply,
  resetConnection,
  sseStream,
  text,
} from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';
import { contentOf, readStream } from '../support/stream-answer.js';

const ANSWER = json(200, openAiCompletion());
const refusal = (status: number, headers = {}, fields = {}): Reply => json(status, openAiError('No.', fields), headers);

// Retries are budgeted by provider: each test has one of its own, and all of them are the upstream `one`.
const PROVIDERS = Array.from({ length: 20 }, (_, index) => `p${index}`);
const AT_ONE = { kind: 'openai-compatible', baseUrl: '${ONE_URL}/v1' };

describe('a candidate is asked once more', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      routing: { retries: 1, breaker: { failures: 1_000_000 } },
      providers: Object.fromEntries(PROVIDERS.map((name) => [name, AT_ONE])),
    },
  });
  const unused = [...PROVIDERS];
  const nextProvider = (): string => unused.shift() ?? 'none is left';
  const askedOne = () => fleet.upstream('one').requests.filter(({ method }) => method === 'POST').length;

  /** Asks a provider that no other test has asked. */
  const ask = async (body: object = {}, headers: Record<string, string> = {}) => {
    const provider = nextProvider();
    const startedAtMs = performance.now();
    const response = await fleet.chat({ model: `${provider}/m`, ...body }, { headers });
    return { response, provider, tookMs: performance.now() - startedAtMs };
  };

  it('after a reset before the answer, and that is counted', async () => {
    fleet.upstream('one').on('POST', CHAT, resetConnection, ANSWER);
    const { response, provider } = await ask();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    expect(askedOne()).toBe(2);
    expect(await fleet.metric('mana_llm_retries_total', { provider, reason: 'connection_failed' })).toBe(1);
  });

  it('as a stream', async () => {
    fleet.upstream('one').on('POST', CHAT, resetConnection, sseStream(openAiStream(['Hi'])));
    const { response } = await ask({ stream: true });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    expect(contentOf(await readStream(response))).toBe('Hi');
  });

  it('as an embedding', async () => {
    fleet.upstream('one').on('POST', '/v1/embeddings', resetConnection, json(200, openAiEmbeddings([1])));
    const response = await fleet.post('/v1/embeddings', { model: `${nextProvider()}/m`, input: 'x' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
  });

  it('and not a third time', async () => {
    fleet.upstream('one').on('POST', CHAT, resetConnection, resetConnection, ANSWER);
    const { response } = await ask();
    await expectError(response, 502, { code: 'connection_failed' });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    expect(askedOne()).toBe(2);
  });

  it('before the next candidate is, after a reset', async () => {
    fleet.upstream('one').on('POST', CHAT, resetConnection, ANSWER);
    const { response, provider } = await ask({ models: ['two/b'] });
    expect(response.headers.get('x-mana-llm-resolved')).toBe(`${provider}/m`);
    expect(fleet.upstream('two').requestsTo(CHAT)).toEqual([]);
  });

  it.each<[string, Reply, number, string]>([
    ['a 429 with retry-after-ms', refusal(429, { 'retry-after-ms': '300' }), 300, 'rate_limit'],
    ['a 503 with retry-after-ms', refusal(503, { 'retry-after-ms': '300' }), 300, 'server_error'],
    ['a 429 with retry-after in seconds', refusal(429, { 'retry-after': '1' }), 1_000, 'rate_limit'],
    ['a 503 with retry-after in seconds', refusal(503, { 'retry-after': '1' }), 1_000, 'server_error'],
  ])('after %s, when that time is over', async (_what, reply, waitMs, reason) => {
    fleet.upstream('one').on('POST', CHAT, reply, ANSWER);
    const { response, provider, tookMs } = await ask();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-mana-llm-attempts')).toBe('2');
    expect(tookMs).toBeGreaterThanOrEqual(waitMs);
    expect(await fleet.metric('mana_llm_retries_total', { provider, reason })).toBe(1);
  });

  it.each([429, 503])('never after a %i where another candidate can answer', async (status) => {
    fleet.upstream('one').on('POST', CHAT, refusal(status, { 'retry-after': '1' }), ANSWER);
    fleet.upstream('two').on('POST', CHAT, ANSWER);
    const { response } = await ask({ models: ['two/b'] });
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/b');
    expect(askedOne()).toBe(1);
  });

  it.each<[string, Reply, number]>([
    ['a 429 without retry-after', refusal(429), 429],
    ['a 429 with a long one', refusal(429, { 'retry-after': '60' }), 429],
    ['a 503 without one', refusal(503), 503],
    ['a 500', refusal(500), 502],
    ['a 500 with retry-after', refusal(500, { 'retry-after-ms': '1' }), 502],
    ['a body that is no JSON', text(200, 'oops', { 'content-type': 'application/json' }), 502],
  ])('never after %s', async (_what, reply, status) => {
    fleet.upstream('one').on('POST', CHAT, reply, ANSWER);
    const { response } = await ask();
    await expectError(response, status);
    expect(askedOne()).toBe(1);
  });

  it('never after the end of a quota, which no retry mends', async () => {
    const reply = refusal(429, { 'retry-after-ms': '1' }, { code: 'insufficient_quota' });
    fleet.upstream('one').on('POST', CHAT, reply, ANSWER);
    const { response } = await ask();
    await expectError(response, 429, { code: 'insufficient_quota' });
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(askedOne()).toBe(1);
  });
});
