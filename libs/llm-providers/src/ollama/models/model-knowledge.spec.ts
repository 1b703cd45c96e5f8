import { FakeUpstream } from '../../testing/fake-upstream.js';
import { stall } from '../../testing/reply.js';
import { scriptOllamaModels } from '../../testing/script-ollama-models.js';
import { UpstreamClient } from '../../transport/upstream-client.js';
import type { OllamaChatRequest } from '../ollama-api.js';
import { ModelKnowledge } from './model-knowledge.js';

const TIMEOUTS = { connectMs: 2_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 15_000 };
const GEMMA = { model: 'gemma3:4b', capabilities: ['completion'], details: { context_length: 8_192 } };
const BODY: OllamaChatRequest = { model: 'gemma3:4b', messages: [], stream: false, truncate: false, shift: false };

describe(ModelKnowledge.name, () => {
  let upstream: FakeUpstream;
  let client: UpstreamClient;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
  });
  beforeEach(() => {
    const readError = (): { message: string } => ({ message: 'refused' });
    const options = { provider: 'ollama', baseUrl: upstream.url, headers: {}, query: {} };
    client = new UpstreamClient({ ...options, timeouts: TIMEOUTS, readError });
    scriptOllamaModels(upstream, { models: [GEMMA], loaded: [{ model: 'gemma3:4b', context_length: 4_096 }] });
  });
  afterEach(async () => {
    await client.close();
    upstream.assertAllScripted();
    upstream.reset();
  });
  afterAll(() => upstream.stop());

  const create = (maxContext?: number): ModelKnowledge => {
    const settings = { name: 'ollama', ...(maxContext === undefined ? {} : { maxContext }) };
    return new ModelKnowledge(client, settings);
  };
  const call = (signal = new AbortController().signal): { signal: AbortSignal; end: jest.Mock } => ({
    signal,
    end: jest.fn(),
  });

  it.each<[string, string, number | undefined, number | undefined]>([
    ["the model's own limit", 'gemma3:4b', undefined, 8_192],
    ['the configured limit where that is lower', 'gemma3:4b', 2_048, 2_048],
    ["the model's own limit where that is lower", 'gemma3:4b', 65_536, 8_192],
    ['the configured limit where the other is unknown', 'unlisted:1', 2_048, 2_048],
    ['no limit where none is known', 'unlisted:1', undefined, undefined],
  ])('knows %s', async (_what, model, maxContext, limitTokens) => {
    const sut = create(maxContext);
    expect(sut.contextFor(BODY, await sut.require(model, [], call()))).toMatchObject({ limitTokens });
    expect(sut.contextLengthOf(model)).toBe(limitTokens);
  });

  it('takes the context of a sent request for the loaded one', async () => {
    const sut = create();
    const known = sut.contextFor(BODY, await sut.require('gemma3:4b', [], call()));
    expect(known.loadedTokens).toBe(4_096);
    known.noteSent(8_192);
    expect(await sut.require('gemma3:4b', [], call())).toMatchObject({ loadedTokens: 8_192 });
  });

  it('refuses what the model cannot do, and ends the timeouts', async () => {
    const timeouts = call();
    const required = [{ capability: 'vision', param: 'messages' }];
    await expect(create().require('gemma3:4b', required, timeouts)).rejects.toThrow('does not support vision');
    expect(timeouts.end).toHaveBeenCalledTimes(1);
  });

  it('ends its wait for a silent server when the caller leaves', async () => {
    upstream.on('GET', '/api/tags', stall);
    const caller = new AbortController();
    const timeouts = call(caller.signal);
    const waiting = create().require('gemma3:4b', [], timeouts);
    await upstream.request('/api/tags');
    caller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    expect(timeouts.end).toHaveBeenCalledTimes(1);
  });
});
