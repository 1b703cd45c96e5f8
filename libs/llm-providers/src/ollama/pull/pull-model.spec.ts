import type { JsonObject } from '@mana-llm/openai-api';
import { FakeUpstream } from '../../testing/fake-upstream.js';
import { latch } from '../../testing/latch.js';
import { json, ndjsonStream, resetConnection } from '../../testing/reply.js';
import { createModelPulls, createPullProgressReader, type ModelPulls } from './pull-model.js';

describe(createPullProgressReader.name, () => {
  it('tells each tenth once', () => {
    const read = createPullProgressReader();
    const told = Array.from({ length: 101 }, (_, completed) => read({ digest: 'a', total: 100, completed })?.percent);
    expect(told.filter((percent) => percent !== undefined)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('counts the layers together and never goes back', () => {
    const read = createPullProgressReader();
    expect(read({ digest: 'a', total: 100, completed: 55 })).toEqual({ percent: 50, totalBytes: 100 });
    expect(read({ digest: 'b', total: 100, completed: 0 })).toBeUndefined();
    expect(read({ digest: 'b', total: 100, completed: 20 })).toBeUndefined();
    expect(read({ digest: 'a', total: 100, completed: 100 })).toEqual({ percent: 60, totalBytes: 200 });
  });

  it.each([
    [{ status: 'pulling manifest' }],
    [{ digest: 'a' }],
    [{ digest: 'a', total: 0 }],
    [{ digest: 'a', total: 5 }],
  ])('has nothing to tell at %j', (line) => {
    expect(createPullProgressReader()(line)).toBeUndefined();
  });
});

const line = (fields: object): string => `${JSON.stringify(fields)}\n`;
const MANIFEST = line({ status: 'pulling manifest' });
const LAYER = { status: 'pulling a1', digest: 'sha256:a1', total: 100, completed: 50 };
const timeouts = { connectMs: 2_000, firstTokenMs: 1, idleMs: 1, totalMs: 1 };

describe(createModelPulls.name, () => {
  let upstream: FakeUpstream;
  let sut: ModelPulls;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    sut = createModelPulls({ provider: 'ollama', baseUrl: upstream.url, headers: { 'x-lab': 'blue' }, timeouts });
  });
  afterEach(() => {
    upstream.assertAllScripted();
    upstream.reset();
  });
  afterAll(async () => {
    await sut.close();
    await upstream.stop();
  });

  const pull = (lines: JsonObject[] = [], signal = new AbortController().signal): Promise<void> =>
    sut.pull('gemma3', signal, (seen) => lines.push(seen));

  it('asks for the model and tells each line of the progress', async () => {
    const lines: JsonObject[] = [];
    upstream.on('POST', '/api/pull', ndjsonStream(MANIFEST, line(LAYER), line({ status: 'success' })));
    await pull(lines);
    expect(lines).toEqual([{ status: 'pulling manifest' }, LAYER]);
    const { body, headers } = await upstream.request('/api/pull');
    expect(body).toEqual({ model: 'gemma3', stream: true });
    expect(headers['x-lab']).toBe('blue');
  });

  it('has timeouts of its own', async () => {
    const held = latch();
    upstream.on('POST', '/api/pull', ndjsonStream(MANIFEST, held, line({ status: 'success' })));
    const seen = latch();
    const pulled = sut.pull('gemma3', new AbortController().signal, () => seen.open());
    await seen.opened;
    // Longer than each of the provider's timeouts.
    await new Promise((resolve) => setTimeout(resolve, 30));
    held.open();
    await expect(pulled).resolves.toBeUndefined();
  });

  it.each([
    [
      'an error line',
      ndjsonStream(MANIFEST, line({ error: 'pull model manifest: file does not exist' })),
      { callerMessage: 'pull model manifest: file does not exist' },
    ],
    ['an error status', json(500, { error: 'file does not exist' }), { callerMessage: 'file does not exist' }],
    [
      'an end without success',
      ndjsonStream(MANIFEST),
      { message: expect.stringContaining('ended a pull before it was complete') },
    ],
    ['nothing', ndjsonStream(), { message: expect.stringContaining('ended a pull before it was complete') }],
    ['no JSON', ndjsonStream('pulling\n'), { message: expect.stringContaining('cannot be read') }],
    ['no object', ndjsonStream('7\n'), { message: expect.stringContaining('cannot be read') }],
    ['a cut connection', resetConnection, { message: expect.stringContaining('could not be reached') }],
  ])('fails at %s', async (_, reply, expected) => {
    upstream.on('POST', '/api/pull', reply);
    await expect(pull()).rejects.toMatchObject(expected);
  });

  it('stops with its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    upstream.on('POST', '/api/pull', ndjsonStream(MANIFEST, latch()));
    const pulled = pull([], controller.signal);
    const { gone } = await upstream.request('/api/pull');
    controller.abort(reason);
    await expect(pulled).rejects.toBe(reason);
    await gone;
  });
});
