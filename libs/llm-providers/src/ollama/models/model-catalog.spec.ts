import { setTimeout as delay } from 'node:timers/promises';
import { FakeUpstream } from '../../testing/fake-upstream.js';
import { json, stall } from '../../testing/reply.js';
import { scriptOllamaModels } from '../../testing/script-ollama-models.js';
import { UpstreamClient } from '../../transport/upstream-client.js';
import { ModelCatalog } from './model-catalog.js';

const TIMEOUTS = { connectMs: 2_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 15_000 };
const GEMMA = { model: 'gemma3:4b', capabilities: ['completion', 'vision'], details: { context_length: 131072 } };
const NOMIC = { model: 'nomic:latest', capabilities: ['embedding'], details: { context_length: 2048 } };

describe(ModelCatalog.name, () => {
  let upstream: FakeUpstream;
  let client: UpstreamClient;
  let sut: ModelCatalog;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
  });
  beforeEach(() => {
    const readError = (): { message: string } => ({ message: 'refused' });
    const options = {
      provider: 'ollama',
      baseUrl: upstream.url,
      headers: {},
      query: {},
      timeouts: TIMEOUTS,
      readError,
    };
    client = new UpstreamClient(options);
    sut = new ModelCatalog(client);
    scriptOllamaModels(upstream, { models: [GEMMA, NOMIC] });
  });
  afterEach(async () => {
    await client.close();
    upstream.assertAllScripted();
    upstream.reset();
  });
  afterAll(() => upstream.stop());

  it.each([
    ['gemma3:4b', 131_072, ['completion', 'vision']],
    ['registry.ollama.ai/library/Gemma3:4b', 131_072, ['completion', 'vision']],
    ['nomic', 2_048, ['embedding']],
  ])('learns of %s from the list, and keeps its name', async (name, contextLength, capabilities) => {
    expect(await sut.find(name)).toEqual({ name, contextLength, capabilities });
  });

  it('asks once for all callers, and then not again', async () => {
    await Promise.all(Array.from({ length: 50 }, () => sut.find('gemma3:4b')));
    await Promise.all([sut.find('nomic'), sut.having('vision')]);
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/api/tags']);
  });

  it('asks an older server about each model by itself, in its full name, once', async () => {
    scriptOllamaModels(upstream, { models: [{ name: 'old:latest' }] });
    const shown = {
      model_info: { 'general.architecture': 'llama', 'llama.context_length': 2048 },
      capabilities: ['completion'],
    };
    upstream.on('POST', '/api/show', json(200, shown));
    const expected = { name: 'old', contextLength: 2_048, capabilities: ['completion'] };
    expect(await Promise.all([sut.find('old'), sut.find('old')])).toEqual([expected, expected]);
    expect(await sut.find('old')).toEqual(expected);
    expect(upstream.requestsTo('/api/show').map(({ body }) => body)).toEqual([{ model: 'old:latest' }]);
  });

  it('knows a model by its name alone where the server tells nothing', async () => {
    scriptOllamaModels(upstream, { models: [{ name: 'old:latest' }] });
    expect(await sut.find('old')).toEqual({ name: 'old' });
  });

  it.each<[string, () => void]>([
    ['refuses', () => upstream.on('GET', '/api/tags', json(500, { error: 'no' }))],
    ['answers with something else', () => upstream.on('GET', '/api/tags', json(200, ['x']))],
  ])('knows a model by its name alone where the server %s', async (_what, script) => {
    script();
    expect(await sut.find('gemma3:4b')).toEqual({ name: 'gemma3:4b' });
    expect(await sut.having('vision')).toEqual([]);
  });

  it('does not ask about models that the server does not list, however many are named', async () => {
    for (let number = 0; number < 1_000; number += 1) await sut.find(`made-up-${number}`);
    expect(upstream.requests.map(({ path }) => path)).toEqual(['/api/tags']);
  });

  it('lets a silent server cost a second once, and nothing from then on', async () => {
    upstream.on('GET', '/api/tags', stall).on('GET', '/api/ps', stall);
    const lookUp = (): Promise<unknown> => Promise.all([sut.find('gemma3:4b'), sut.loadedContext('gemma3:4b')]);
    // Timers of one process end in their order, however busy the machine is.
    const twoSeconds = new AbortController();
    const late = delay(2_000, 'late', { signal: twoSeconds.signal });
    late.catch(() => undefined);
    expect(await Promise.race([lookUp(), late])).not.toBe('late');
    twoSeconds.abort();
    // With a second for each it would be 100 of them.
    const knownAtMs = performance.now();
    for (let count = 0; count < 100; count += 1) await lookUp();
    expect(performance.now() - knownAtMs).toBeLessThan(20_000);
    expect(upstream.requests).toHaveLength(2);
  });

  it('names the models that have a capability', async () => {
    expect(await sut.having('vision')).toEqual(['gemma3:4b']);
    expect(await sut.having('embedding')).toEqual(['nomic:latest']);
    expect(await sut.having('tools')).toEqual([]);
  });

  describe('where a model is', () => {
    const LOADED = [{ model: 'gemma3:4b', context_length: 8192 }];
    const learn = (): Promise<unknown> => Promise.all([sut.find('gemma3:4b'), sut.loadedContext('gemma3:4b')]);

    it('is unknown at first, and each list is asked for once, in the background', async () => {
      expect([sut.placementOf('gemma3:4b'), sut.placementOf('nomic')]).toEqual(['unknown', 'unknown']);
      await learn();
      expect(upstream.requests.map(({ path }) => path).sort()).toEqual(['/api/ps', '/api/tags']);
    });

    it.each([
      ['gemma3:4b', 'loaded'],
      ['registry.ollama.ai/library/Gemma3:4b', 'loaded'],
      ['nomic', 'on_disk'],
      ['made-up', 'absent'],
    ])('is told of %s: %s', async (name, expected) => {
      scriptOllamaModels(upstream, { models: [GEMMA, NOMIC], loaded: LOADED });
      await learn();
      expect(sut.placementOf(name)).toBe(expected);
    });

    it('is memory once a request was sent to a model that is there', async () => {
      sut.noteContext('nomic');
      sut.noteContext('made-up', 4_096);
      expect([sut.placementOf('nomic'), sut.placementOf('made-up')]).toEqual(['unknown', 'unknown']);
      await learn();
      expect([sut.placementOf('nomic'), sut.placementOf('made-up')]).toEqual(['loaded', 'absent']);
    });

    it('is memory where the server tells so, though its list is older than the model', async () => {
      scriptOllamaModels(upstream, { models: [NOMIC], loaded: LOADED });
      await learn();
      expect(sut.placementOf('gemma3:4b')).toBe('loaded');
    });

    it.each<[string, string, string]>([
      ['/api/ps', 'on_disk', 'absent'],
      ['/api/tags', 'unknown', 'unknown'],
    ])('is told as far as it is known where %s is refused', async (path, listed, unlisted) => {
      upstream.on('GET', path, json(500, { error: 'no' }));
      await learn();
      expect([sut.placementOf('gemma3:4b'), sut.placementOf('made-up')]).toEqual([listed, unlisted]);
    });
  });

  it('shows what is remembered of a model, of an older server too', async () => {
    scriptOllamaModels(upstream, { models: [GEMMA, { name: 'old:latest' }] });
    const shown = { model_info: { 'general.architecture': 'llama', 'llama.context_length': 2048 } };
    upstream.on('POST', '/api/show', json(200, shown));
    expect(sut.peek('gemma3:4b')).toEqual({ name: 'gemma3:4b' });
    await sut.find('gemma3:4b');
    expect(sut.peek('gemma3:4b')).toMatchObject({ contextLength: 131_072 });
    expect(sut.peek('old')).toEqual({ name: 'old' });
    await sut.find('old');
    expect(sut.peek('old')).toEqual({ name: 'old', contextLength: 2_048 });
    expect(upstream.requestsTo('/api/show')).toHaveLength(1);
  });

  it('tells the loaded context', async () => {
    scriptOllamaModels(upstream, { loaded: [{ model: 'gemma3:4b', context_length: 8192 }] });
    expect(await sut.loadedContext('gemma3:4b')).toBe(8_192);
    sut.noteContext('gemma3:4b', 16_384);
    expect(await sut.loadedContext('gemma3:4b')).toBe(16_384);
  });
});
