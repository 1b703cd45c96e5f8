import { ApiError } from '@mana-llm/openai-api';
import type { CallContext } from '../call-context.js';
import { EmptyAnswerError, UpstreamError } from '../errors/upstream-error.js';
import type { ProviderChatRequest } from '../llm-provider.js';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { ollamaCompletion, ollamaEmbeddings, ollamaTags } from '../testing/ollama-answer.js';
import { json, stall, text } from '../testing/reply.js';
import { scriptOllamaModels } from '../testing/script-ollama-models.js';
import type { FetchImage } from './images/inline-images.js';
import { OllamaProvider } from './ollama.provider.js';

const TIMEOUTS = { connectMs: 2_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 15_000 };
const SETTINGS = {
  kind: 'ollama',
  name: 'ollama',
  headers: {},
  embedBatch: 64,
  imageFetch: true,
  pull: 'never',
  timeouts: TIMEOUTS,
} as const;
const JSON_MODE = { response_format: { type: 'json_object' } };
const CALL = (name: string) => ({ function: { name, arguments: { of: name } } });
const FENCED = ['``', '`json\n{"a"', ':1}', '\n```'];

const context = (signal: AbortSignal = new AbortController().signal): CallContext => ({ signal, requestId: 'test' });
const request = (fields: object = {}): ProviderChatRequest => ({
  model: 'gemma3:4b',
  messages: [{ role: 'user', content: 'hi' }],
  ...fields,
});
const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );

describe(OllamaProvider.name, () => {
  let upstream: FakeUpstream;
  let sut: OllamaProvider;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    const headers = { 'x-lab': 'blue' };
    sut = new OllamaProvider({ ...SETTINGS, baseUrl: upstream.url, headers });
  });
  beforeEach(() => scriptOllamaModels(upstream));
  afterEach(() => {
    upstream.assertAllScripted();
    upstream.reset();
  });
  afterAll(async () => {
    await sut.close();
    await upstream.stop();
  });

  describe('complete', () => {
    it('asks /api/chat for a buffered answer and gives it in the shape of OpenAI', async () => {
      upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ thinking: 'hm' })));
      const completion = await sut.complete(request({ temperature: 0 }), context());
      expect(completion).toMatchObject({
        id: expect.stringMatching(/^chatcmpl-/),
        object: 'chat.completion',
        created: 1767323045,
        model: 'ollama/gemma3:4b',
        system_fingerprint: 'fp_ollama',
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: 'Hello there.',
              refusal: null,
              reasoning_content: 'hm',
              reasoning: 'hm',
            },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 },
        x_ollama: { load_ms: 20, tokens_per_second: 57.14 },
      });
      const [seen] = upstream.requestsTo('/api/chat');
      expect(seen?.headers['x-lab']).toBe('blue');
      expect(seen?.body).toEqual({
        model: 'gemma3:4b',
        messages: [{ role: 'user', content: 'hi' }],
        stream: false,
        truncate: false,
        shift: false,
        options: { temperature: 0, num_ctx: 4_096 },
      });
    });

    it('gives tool calls ids of their own and says that they were made', async () => {
      upstream.on(
        'POST',
        '/api/chat',
        json(200, ollamaCompletion({ content: '', tool_calls: [CALL('a'), CALL('b')] })),
      );
      const { choices } = await sut.complete(request(), context());
      expect(choices[0]).toMatchObject({
        message: {
          content: null,
          tool_calls: [
            { id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'a', arguments: '{"of":"a"}' } },
            { id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'b', arguments: '{"of":"b"}' } },
          ],
        },
        finish_reason: 'tool_calls',
      });
      expect(new Set(choices[0]?.message.tool_calls?.map(({ id }) => id)).size).toBe(2);
    });

    it('unwraps JSON in a code fence when JSON was asked for', async () => {
      upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: FENCED.join('') })));
      const { choices } = await sut.complete(request(JSON_MODE), context());
      expect(choices[0]?.message.content).toBe('{"a":1}');
    });

    it('serves n by n requests, each with a seed of its own', async () => {
      upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
      const { choices, usage } = await sut.complete(request({ n: 3, seed: 7 }), context());
      expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(usage).toMatchObject({ prompt_tokens: 33, completion_tokens: 12, total_tokens: 45 });
      const seeds = upstream
        .requestsTo('/api/chat')
        .map(({ body }) => (body as { options: { seed: number } }).options.seed);
      expect(seeds.sort()).toEqual([7, 8, 9]);
    });

    it('refuses what Ollama cannot do without asking it', async () => {
      expect(await failureOf(sut.complete(request({ logit_bias: { 1: 5 } }), context()))).toBeInstanceOf(ApiError);
      expect(upstream.requests).toHaveLength(0);
    });

    it.each<[string, number, object, object]>([
      [
        'a model that is not there',
        404,
        { error: "model 'gemma3:4b' not found" },
        { status: 404, code: 'model_not_found' },
      ],
      [
        'a model that cannot',
        400,
        { error: '"x" does not support thinking' },
        { status: 400, callerMessage: '"x" does not support thinking' },
      ],
      ['a full queue', 503, { error: 'server busy, please try again' }, { status: 429 }],
      [
        'an error inside a 200',
        200,
        { error: 'model runner has stopped' },
        { status: undefined, callerMessage: 'model runner has stopped' },
      ],
      [
        'a prompt that does not fit',
        400,
        {
          error:
            '{"error":{"code":400,"message":"request (6010 tokens) exceeds the available context size (2048 tokens), try increasing it","type":"exceed_context_size_error"}}',
        },
        { status: 400, code: 'context_length_exceeded', message: expect.stringMatching(/6010.*2048/) },
      ],
    ])('tells of %s', async (_, status, answer, expected) => {
      upstream.on('POST', '/api/chat', json(status, answer));
      const error = await failureOf(sut.complete(request(), context()));
      expect(error).toBeInstanceOf(UpstreamError);
      expect(error).toMatchObject({ provider: 'ollama', kind: 'refused', ...expected });
    });

    it.each<[string, string]>([
      ['half an object', '{"message": {"content"'],
      ['no chat answer', '{"response": "hi"}'],
    ])('takes %s for a bad response', async (_, answer) => {
      upstream.on('POST', '/api/chat', text(200, answer, { 'content-type': 'application/json' }));
      expect(await failureOf(sut.complete(request(), context()))).toMatchObject({ kind: 'bad_response' });
    });

    it('tells an answer without words from others', async () => {
      upstream.on('POST', '/api/chat', json(200, ollamaCompletion({ content: '' })));
      expect(await failureOf(sut.complete(request(), context()))).toBeInstanceOf(EmptyAnswerError);
    });
  });

  it('embeds by /api/embed', async () => {
    upstream.on('POST', '/api/embed', json(200, ollamaEmbeddings([0.5, 1], [2, 3])));
    const list = await sut.embed({ model: 'nomic', input: ['a', 'b'], encoding_format: 'base64' }, context());
    expect(list).toMatchObject({ model: 'ollama/nomic', data: [{ embedding: [0.5, 1] }, { embedding: [2, 3] }] });
    expect(upstream.requestsTo('/api/embed')[0]?.body).toEqual({ model: 'nomic', input: ['a', 'b'], truncate: false });
  });

  it('embeds in batches, and names the text that does not fit', async () => {
    const refused = json(400, { error: 'the input length exceeds the context length' });
    const inputs = Array.from({ length: 66 }, (_, index) => `text ${index}`);
    const vectors = (count: number) => json(200, ollamaEmbeddings(...Array<number[]>(count).fill([1])));
    upstream.on('POST', '/api/embed', vectors(64), vectors(2), vectors(64), refused, refused);
    const list = await sut.embed({ model: 'nomic', input: inputs }, context());
    expect([list.data.length, list.data.at(-1)?.index, list.usage.prompt_tokens]).toEqual([66, 65, 198]);
    const error = await failureOf(sut.embed({ model: 'nomic', input: inputs.with(65, 'the longest') }, context()));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'input[65]' });
    const sizes = upstream.requestsTo('/api/embed').map(({ body }) => (body as { input: string[] }).input.length);
    expect(sizes).toEqual([64, 2, 64, 2, 1]);
  });

  it.each([
    ['all batches together no more than the total time', { totalMs: 30, bufferedMs: 9_000 }, {}, false],
    ['a caller no more than its own time, and says whose it was', {}, { maxSilenceMs: 30 }, true],
  ])('gives %s', async (_what, timeouts, limits, isCallersLimit) => {
    upstream.on('POST', '/api/embed', stall);
    const limited = new OllamaProvider({
      ...SETTINGS,
      baseUrl: upstream.url,
      timeouts: { ...TIMEOUTS, ...timeouts },
    });
    const error = await failureOf(limited.embed({ model: 'nomic', input: ['a'] }, { ...context(), limits }));
    expect(error).toMatchObject({ kind: 'timeout', phase: 'total', isCallersLimit });
    await limited.close();
  });

  describe('images at addresses', () => {
    const ADDRESS = 'https://pictures.test/a.png';
    const question = request({
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: ADDRESS } }] }],
    });
    const PNG = Buffer.from('iVBORw0KGgo=', 'base64');
    const providerOf = (fetchImage: FetchImage, imageFetch = true): OllamaProvider =>
      new OllamaProvider({ ...SETTINGS, baseUrl: upstream.url, imageFetch }, fetchImage);

    it.each(['complete', 'openStream'] as const)('are fetched before %s asks the server', async (method) => {
      upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
      const fetchImage = jest.fn(async () => ({ type: 'image/png' as const, bytes: PNG }));
      const provider = providerOf(fetchImage);
      await provider[method](question, context());
      expect(fetchImage.mock.calls).toEqual([[ADDRESS, expect.any(AbortSignal)]]);
      const { body } = await upstream.request('/api/chat');
      expect(body).toMatchObject({ messages: [{ role: 'user', content: '', images: ['iVBORw0KGgo='] }] });
      await provider.close();
    });

    it('are not fetched where that is turned off', async () => {
      const fetchImage = jest.fn();
      const error = await failureOf(providerOf(fetchImage, false).complete(question, context()));
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining('IMAGE_FETCH=off') });
      expect(fetchImage).not.toHaveBeenCalled();
    });

    it('are waited for within the limits of the caller', async () => {
      const fetchImage: FetchImage = (_url, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      const limited = { ...context(), limits: { openByMs: Date.now() + 20 } };
      const error = await failureOf(providerOf(fetchImage).openStream(question, limited));
      expect(error).toMatchObject({ kind: 'timeout', phase: 'first_token' });
      expect(upstream.requestsTo('/api/chat')).toHaveLength(0);
    });

    it('are fetched from the public internet alone unless a test says otherwise', async () => {
      const url = 'http://127.0.0.1/a.png';
      const asked = request({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
      const error = await failureOf(sut.complete(asked, context()));
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status: 400, param: 'messages[0].content[0].image_url.url' });
    });
  });

  it('tells of an error inside the answer of /api/embed', async () => {
    upstream.on('POST', '/api/embed', json(200, { error: 'the input length exceeds the context length' }));
    const error = await failureOf(sut.embed({ model: 'nomic', input: 'a' }, context()));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });

  it('tells where a model is and how much it takes, as the calls for it have shown', async () => {
    const details = { context_length: 8_192 };
    scriptOllamaModels(upstream, {
      models: [
        { model: 'gemma3:4b', details },
        { model: 'nomic:latest', details },
      ],
    });
    upstream.on('POST', '/api/chat', json(200, ollamaCompletion()));
    upstream.on('POST', '/api/embed', json(200, ollamaEmbeddings([1])));
    const fresh = new OllamaProvider({ ...SETTINGS, baseUrl: upstream.url });
    const known = (model: string): unknown[] => [fresh.placementOf(model), fresh.contextLengthOf(model)];
    expect(known('gemma3:4b')).toEqual(['unknown', undefined]);
    await fresh.complete(request({ model: 'gemma3:4b' }), context());
    expect([known('gemma3:4b'), known('nomic'), known('x')]).toEqual([
      ['loaded', 8_192],
      ['on_disk', 8_192],
      ['absent', undefined],
    ]);
    await fresh.embed({ model: 'nomic', input: 'a' }, context());
    expect(known('nomic')).toEqual(['loaded', 8_192]);
    await fresh.close();
  });

  it('lists the models of /api/tags', async () => {
    upstream.on('GET', '/api/tags', json(200, ollamaTags('gemma3:4b', 'hf.co/a/b:Q4')));
    const models = await sut.listModels(context());
    expect(models.map(({ id }) => id)).toEqual(['ollama/gemma3:4b', 'ollama/hf.co/a/b:Q4']);
    expect(models[0]).toMatchObject({ object: 'model', owned_by: 'ollama', family: 'fake', size: 3_300_000_000 });
  });

  it('is there when /api/version answers, and not when it does not', async () => {
    upstream.on('GET', '/api/version', json(200, { version: '0.33.0' }), json(500, { error: 'no' }));
    await expect(sut.ping(context())).resolves.toBeUndefined();
    await expect(sut.ping(context())).rejects.toThrow('ollama answered with status 500.');
  });
});
