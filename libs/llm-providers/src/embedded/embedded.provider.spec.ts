import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { lastValueFrom, toArray } from 'rxjs';
import type { CallContext } from '../call-context.js';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import type { ProviderChatRequest } from '../llm-provider.js';
import type { ProviderTimeouts } from '../provider-settings.js';
import { latch } from '../testing/latch.js';
import { EmbeddedProvider } from './embedded.provider.js';
import type { EmbeddedModel, EmbeddedRuntime, GenerationEnd, TextPiece } from './model/embedded-model.js';

const TIMEOUTS: ProviderTimeouts = { connectMs: 1000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 };
const END: GenerationEnd = { finishReason: 'stop', promptTokens: 3, completionTokens: 2 };
const REQUEST: ProviderChatRequest = { model: 'small', messages: [{ role: 'user', content: 'Hi' }] };

const said = (text: string): TextPiece => ({ text, isThought: false });
const thought = (text: string): TextPiece => ({ text, isThought: true });

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A model that says the pieces and ends; one that is scripted to hang says the first and waits for the end of the call. */
class FakeModel implements EmbeddedModel {
  readonly hanging = new Set<AbortSignal>();
  disposals = 0;

  constructor(
    private readonly pieces: TextPiece[],
    private readonly script: { end?: GenerationEnd; hangs?: boolean; failure?: Error } = {},
  ) {}

  generate: EmbeddedModel['generate'] = async (_generation, { signal, onText }) => {
    for (const piece of this.pieces) onText(piece);
    if (this.script.failure) throw this.script.failure;
    if (!this.script.hangs) return this.script.end ?? END;
    this.hanging.add(signal);
    return aborted(signal).finally(() => this.hanging.delete(signal));
  };

  embed: EmbeddedModel['embed'] = async (input) => ({
    vector: typeof input === 'string' ? [3, 4] : input,
    tokens: input.length,
  });

  dispose = async (): Promise<void> => {
    this.disposals += 1;
  };
}

describe(EmbeddedProvider.name, () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embedded-'));
    file = join(folder, 'small.gguf');
    await writeFile(file, 'weights');
  });
  afterEach(() => rm(folder, { recursive: true }));

  function build(model: EmbeddedModel, options: { source?: string; timeouts?: Partial<ProviderTimeouts> } = {}) {
    const runtime = {
      fetchFile: jest.fn<Promise<string>, Parameters<EmbeddedRuntime['fetchFile']>>(async () => file),
      load: jest.fn(async () => model),
    };
    const timeouts = { ...TIMEOUTS, ...options.timeouts };
    const sut = new EmbeddedProvider(
      { kind: 'embedded', name: 'embedded', model: options.source ?? file, timeouts },
      runtime,
    );
    const caller = new AbortController();
    const context: CallContext = { signal: caller.signal, requestId: 'r1' };
    return { sut, runtime, caller, context };
  }

  async function read(sut: EmbeddedProvider, request: ProviderChatRequest, context: CallContext) {
    return lastValueFrom((await sut.openStream(request, context)).pipe(toArray()));
  }

  const deltas = (chunks: ChatCompletionChunk[]) => chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));

  it('answers whole', async () => {
    const { sut, context } = build(new FakeModel([thought('Hm'), said('Hello'), said(' you')]));
    await expect(sut.complete(REQUEST, context)).resolves.toMatchObject({
      object: 'chat.completion',
      model: 'embedded/small',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Hello you', reasoning: 'Hm' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
  });

  it('streams the pieces, the end, and the usage', async () => {
    const { sut, context } = build(
      new FakeModel([said('Hello'), said(' you')], { end: { ...END, finishReason: 'length' } }),
    );
    const chunks = await read(sut, REQUEST, context);
    expect(deltas(chunks)).toEqual([{ role: 'assistant', content: 'Hello' }, { content: ' you' }, {}]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, 'length', undefined]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 5 }, model: 'embedded/small' });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it('streams thoughts as reasoning', async () => {
    const { sut, context } = build(new FakeModel([thought('Hm'), said('Hello')]));
    expect(deltas(await read(sut, REQUEST, context))[0]).toMatchObject({ reasoning: 'Hm', reasoning_content: 'Hm' });
  });

  it('gives as many choices as were asked for', async () => {
    const { sut, context } = build(new FakeModel([said('Hello')]));
    const { choices, usage } = await sut.complete({ ...REQUEST, n: 3 }, context);
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(usage?.total_tokens).toBe(15);
  });

  it('loads the model once, on first use', async () => {
    const { sut, context, runtime } = build(new FakeModel([said('Hello')]));
    await sut.listModels(context);
    expect(runtime.load).not.toHaveBeenCalled();
    await Promise.all([sut.complete(REQUEST, context), sut.complete(REQUEST, context)]);
    expect(runtime.load).toHaveBeenCalledTimes(1);
  });

  it('calls an answer without words empty', async () => {
    const { sut, context } = build(new FakeModel([]));
    await expect(sut.complete(REQUEST, context)).rejects.toBeInstanceOf(EmptyAnswerError);
    await expect(sut.openStream(REQUEST, context)).rejects.toBeInstanceOf(EmptyAnswerError);
  });

  it.each(['complete', 'openStream'] as const)(
    '%s refuses what the model cannot do, before it loads',
    async (method) => {
      const { sut, context, runtime } = build(new FakeModel([]));
      await expect(sut[method]({ ...REQUEST, logprobs: true }, context)).rejects.toMatchObject({ status: 400 });
      expect(runtime.load).not.toHaveBeenCalled();
    },
  );

  it('accepts only the name of its own model', async () => {
    const { sut, context } = build(new FakeModel([]));
    await expect(sut.complete({ ...REQUEST, model: 'large' }, context)).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: 'embedded has only the model small, not large.',
    });
  });

  it('ends a generation whose caller leaves, with the reason', async () => {
    const model = new FakeModel([], { hangs: true });
    const { sut, context, caller } = build(model);
    const answer = sut.complete(REQUEST, context);
    while (model.hanging.size === 0) await new Promise(setImmediate);
    const reason = new Error('left');
    caller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(model.hanging.size).toBe(0);
  });

  it('ends a generation whose stream is no longer read', async () => {
    const model = new FakeModel([said('Hello')], { hangs: true });
    const { sut, context } = build(model);
    const stream = await sut.openStream(REQUEST, context);
    stream.subscribe().unsubscribe();
    while (model.hanging.size > 0) await new Promise(setImmediate);
    expect(context.signal.aborted).toBe(false);
  });

  it.each([
    ['complete', { totalMs: 20 }, 'total'],
    ['openStream', { firstTokenMs: 20 }, 'first_token'],
  ] as const)('%s ends by its timeout %j', async (method, timeouts, phase) => {
    const { sut, context } = build(new FakeModel([], { hangs: true }), { timeouts });
    await expect(sut[method](REQUEST, context)).rejects.toMatchObject({ kind: 'timeout', phase });
  });

  it('hides what went wrong inside from the caller', async () => {
    const failure = new Error('secret path');
    const { sut, context } = build(new FakeModel([], { failure }));
    await expect(sut.complete(REQUEST, context)).rejects.toMatchObject({
      name: 'UpstreamError',
      kind: 'bad_response',
      message: 'embedded could not finish its answer.',
      cause: failure,
    });
  });

  it('embeds in the order of the inputs, at length 1', async () => {
    const { sut, context } = build(new FakeModel([]));
    await expect(
      sut.embed(
        {
          model: 'small',
          input: [
            [0, 5],
            [8, 6],
          ],
        },
        context,
      ),
    ).resolves.toEqual({
      object: 'list',
      model: 'embedded/small',
      data: [
        { object: 'embedding', index: 0, embedding: [0, 1] },
        { object: 'embedding', index: 1, embedding: [0.8, 0.6] },
      ],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    });
  });

  it('lists its model with the age of the file', async () => {
    const { sut, context } = build(new FakeModel([]));
    await expect(sut.listModels(context)).resolves.toEqual([
      { id: 'embedded/small', object: 'model', created: expect.any(Number), owned_by: 'embedded' },
    ]);
  });

  it('is there when its file is', async () => {
    const { sut, context } = build(new FakeModel([]));
    await expect(sut.ping(context)).resolves.toBeUndefined();
    await rm(file);
    await expect(sut.ping(context)).rejects.toMatchObject({
      kind: 'connection_failed',
      message: 'embedded has no model: EMBEDDED_MODEL names the file small.gguf, which does not exist.',
    });
    await writeFile(file, 'weights');
  });

  it('tells the progress of fetching its model', async () => {
    const { sut, context, runtime } = build(new FakeModel([]), { source: 'hf:org/small-GGUF:Q4_0' });
    const fetched = latch();
    runtime.fetchFile.mockImplementation(async (_uri, onProgress) => {
      onProgress(0.372);
      await fetched.opened;
      return file;
    });
    const first = sut.ping(context);
    await expect(sut.ping(context)).rejects.toMatchObject({ message: 'embedded is fetching its model: 37 % so far.' });
    fetched.open();
    await expect(first).resolves.toBeUndefined();
    expect(runtime.fetchFile).toHaveBeenCalledTimes(1);
  });

  it('tries again to fetch a model that could not be fetched', async () => {
    const { sut, context, runtime } = build(new FakeModel([said('Hello')]), { source: 'hf:org/small-GGUF:Q4_0' });
    runtime.fetchFile.mockRejectedValueOnce(new Error('ENOTFOUND'));
    await expect(sut.complete(REQUEST, context)).rejects.toMatchObject({
      kind: 'connection_failed',
      message: expect.stringContaining('could not fetch its model'),
    });
    await expect(sut.complete(REQUEST, context)).resolves.toMatchObject({ model: 'embedded/small' });
  });

  it('ends what runs and frees the model when closed', async () => {
    const model = new FakeModel([said('Hello')], { hangs: true });
    const { sut, context } = build(model);
    const stream = await sut.openStream(REQUEST, context);
    const broken = lastValueFrom(stream);
    broken.catch(() => undefined);
    await sut.close();
    await expect(broken).rejects.toMatchObject({ kind: 'stream_broken', message: 'embedded is shutting down.' });
    expect(model.disposals).toBe(1);
  });

  it('closes without having been used', async () => {
    const { sut, runtime } = build(new FakeModel([]));
    await sut.close();
    expect(runtime.load).not.toHaveBeenCalled();
  });
});
