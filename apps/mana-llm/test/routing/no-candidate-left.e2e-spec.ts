import { json, openAiError, type Reply, resetConnection } from '@mana-llm/llm-providers/testing';
import { expectError } from '../support/expect-error.js';
import { CHAT, useFleet } from '../support/fleet.js';
import { REFUSED_URL } from '../support/fleet-settings.js';

const EMBEDDINGS = '/v1/embeddings';
const refusal = (status: number, headers = {}, fields = {}): Reply => json(status, openAiError('No.', fields), headers);

describe('when every candidate has failed', () => {
  const fleet = useFleet(['one', 'two'], {
    config: {
      providers: { gone: { kind: 'openai-compatible', baseUrl: `${REFUSED_URL}/v1` } },
      aliases: { all: { chain: ['gone/a', 'groq/b', 'one/c', 'two/d'] } },
    },
  });
  const script = (name: 'one' | 'two', reply: Reply) =>
    fleet.upstream(name).on('POST', CHAT, reply).on('POST', EMBEDDINGS, reply);

  it.each<[string, string, object]>([
    ['a chat', CHAT, { messages: [{ role: 'user', content: 'Hi' }] }],
    ['a stream', CHAT, { messages: [{ role: 'user', content: 'Hi' }], stream: true }],
    ['an embedding', EMBEDDINGS, { input: 'x' }],
  ])('%s is a 503 that tells of each', async (_what, path, body) => {
    script('one', refusal(500));
    script('two', resetConnection);
    const response = await fleet.post(path, { model: 'all', ...body });
    expect(response.headers.get('x-mana-llm-attempts')).toBe('3');
    expect(response.headers.get('x-mana-llm-resolved')).toBe('two/d');
    expect(response.headers.get('retry-after')).toBeNull();
    expect(response.headers.get('x-should-retry')).toBeNull();
    const error = await expectError(response, 503, { type: 'upstream_error', code: 'no_candidate_left' });
    const ms = expect.any(Number) as number;
    expect(error['attempts']).toEqual([
      { model: 'gone/a', reason: 'connection_failed', status: null, ms },
      { model: 'groq/b', reason: 'unconfigured', status: null, ms: 0 },
      { model: 'one/c', reason: 'server_error', status: 500, ms },
      { model: 'two/d', reason: 'connection_failed', status: null, ms },
    ]);
  });

  it('the last one is counted as a fallback to nobody', async () => {
    script('one', refusal(500));
    script('two', refusal(502));
    await fleet.chat({ models: ['one/counted', 'two/counted'] });
    const labels = { from_model: 'two/counted', to_model: '', reason: 'server_error' };
    expect(await fleet.metric('mana_llm_fallback_total', labels)).toBe(1);
  });

  it.each<[string, Reply, Reply, string, string]>([
    ['in seconds', refusal(429, { 'retry-after': '40' }), refusal(503, { 'retry-after': '7' }), '7', '7000'],
    ['of the first', refusal(503, { 'retry-after': '3' }), refusal(429, { 'retry-after': '30' }), '3', '3000'],
    ['in milliseconds', refusal(503, { 'retry-after-ms': '400' }), refusal(503, { 'retry-after': '7' }), '1', '400'],
    ['of the only one that tells', refusal(500), refusal(503, { 'retry-after': '9' }), '9', '9000'],
  ])('the least retry-after is kept: %s', async (what, first, second, seconds, ms) => {
    script('one', first);
    script('two', second);
    const response = await fleet.chat({ models: [`one/${what}`, `two/${what}`] });
    await expectError(response, 503);
    expect(response.headers.get('retry-after')).toBe(seconds);
    expect(response.headers.get('retry-after-ms')).toBe(ms);
    expect(response.headers.get('x-should-retry')).toBeNull();
  });

  it.each<[string, Reply]>([
    ['the key', refusal(401)],
    ['the account', refusal(402)],
    ['the permission', refusal(403)],
    ['the model', refusal(404)],
    ['the quota', refusal(429, {}, { code: 'insufficient_quota' })],
  ])('and a retry mends nothing, it says so: %s', async (_what, reply) => {
    script('one', reply);
    script('two', refusal(401));
    const response = await fleet.chat({ models: ['groq/a', 'one/b', 'two/c'] });
    await expectError(response, 503);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('retry-after')).toBeNull();
  });

  it('and a retry may mend one of them, it does not forbid one', async () => {
    script('one', refusal(401));
    script('two', refusal(503, { 'retry-after': '2' }));
    const response = await fleet.chat({ models: ['one/b', 'two/c'] });
    await expectError(response, 503);
    expect(response.headers.get('x-should-retry')).toBeNull();
    expect(response.headers.get('retry-after')).toBe('2');
  });

  it.each<[number, number, string, string | null]>([
    [500, 502, 'upstream_error', null],
    [503, 503, 'upstream_error', null],
    [429, 429, 'rate_limit_error', 'rate_limit_exceeded'],
    [401, 502, 'upstream_error', 'upstream_auth_error'],
    [404, 404, 'invalid_request_error', 'model_not_found'],
    [504, 504, 'timeout_error', 'upstream_timeout'],
  ])('and there was one, its %i is told as ever', async (said, status, type, code) => {
    script('one', refusal(said));
    const error = await expectError(await fleet.chat({ model: 'one/only' }), status, { type, code });
    expect(error['attempts']).toBeUndefined();
  });
});
