import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import { lastValueFrom, type Observable, toArray } from 'rxjs';
import type { CallContext } from '../call-context.js';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import type { ProviderChatRequest } from '../llm-provider.js';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { latch } from '../testing/latch.js';
import { ollamaLine, ollamaStream } from '../testing/ollama-answer.js';
import { bytewise } from '@mana-llm/event-streams/testing';
import { closeConnection, json, ndjsonStream, stall, stream } from '../testing/reply.js';
import { scriptOllamaModels } from '../testing/script-ollama-models.js';
import { OllamaProvider } from './ollama.provider.js';

const TIMEOUTS = { connectMs: 2_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 15_000 };
const JSON_MODE = { response_format: { type: 'json_object' } };
const CALL = (name: string) => ({ function: { name, arguments: { of: name } } });
const FENCED = ['``', '`json\n{"a"', ':1}', '\n```'];

const context = (signal: AbortSignal = new AbortController().signal): CallContext => ({ signal, requestId: 'test' });
const request = (fields: object = {}): ProviderChatRequest => ({
  model: 'gemma3:4b',
  messages: [{ role: 'user', content: 'hi' }],
  ...fields,
});
const collect = (chunks$: Observable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> =>
  lastValueFrom(chunks$.pipe(toArray()));
const contentOf = (chunks: ChatCompletionChunk[], index = 0): string =>
  chunks
    .flatMap(({ choices }) => choices)
    .map((choice) => (choice.index === index ? (choice.delta.content ?? '') : ''))
    .join('');
const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );

describe(`${OllamaProvider.name}.openStream`, () => {
  let upstream: FakeUpstream;
  let sut: OllamaProvider;

  beforeAll(async () => {
    upstream = await FakeUpstream.start();
    const headers = { 'x-lab': 'blue' };
    sut = new OllamaProvider({
      kind: 'ollama',
      name: 'ollama',
      baseUrl: upstream.url,
      headers,
      embedBatch: 64,
      imageFetch: true,
      pull: 'never',
      timeouts: TIMEOUTS,
    });
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

  const open = async (fields: object = {}): Promise<ChatCompletionChunk[]> =>
    collect(await sut.openStream(request(fields), context()));

  it('gives the stream in the shape of OpenAI, wherever the bytes are cut', async () => {
    const lines = ollamaStream([{ thinking: 'hm' }, 'Grüße', ' 🙂']);
    upstream.on('POST', '/api/chat', ndjsonStream(...bytewise(lines)));
    const chunks = await open();
    expect(contentOf(chunks)).toBe('Grüße 🙂');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', reasoning_content: 'hm', reasoning: 'hm' });
    expect(chunks.at(-2)?.choices).toEqual([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    expect(chunks.at(-2)).toMatchObject({ x_ollama: { load_ms: 20 } });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 },
    });
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
    expect(upstream.requestsTo('/api/chat')[0]?.body).toMatchObject({ stream: true, truncate: false, shift: false });
  });

  it('resolves at the first content and gives each line on as it comes', async () => {
    const held = latch();
    upstream.on(
      'POST',
      '/api/chat',
      ndjsonStream(ollamaLine(), ollamaLine({ content: 'one' }), held, ollamaStream(['two'])),
    );
    const chunks$ = await sut.openStream(request(), context());
    const done = collect(chunks$);
    held.open();
    expect(contentOf(await done)).toBe('onetwo');
  });

  it('numbers tool calls over all lines', async () => {
    upstream.on(
      'POST',
      '/api/chat',
      ndjsonStream(ollamaStream([{ tool_calls: [CALL('a')] }, { tool_calls: [CALL('b')] }])),
    );
    const chunks = await open();
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls.map((call) => [call.index, call.function?.name, call.function?.arguments])).toEqual([
      [0, 'a', '{"of":"a"}'],
      [1, 'b', '{"of":"b"}'],
    ]);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('makes one call at most where the caller wants no parallel ones', async () => {
    upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream([{ tool_calls: [CALL('a'), CALL('b')] }])));
    const chunks = await open({ parallel_tool_calls: false });
    expect(chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])).toHaveLength(1);
  });

  it('unwraps JSON in a code fence when JSON was asked for', async () => {
    upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(FENCED)));
    expect(contentOf(await open(JSON_MODE))).toBe('{"a":1}');
  });

  it('gives log probabilities with their tokens', async () => {
    const logprobs = [{ token: 'x', logprob: -0.5, bytes: [120], top_logprobs: [] }];
    upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream([{ content: 'x', logprobs }])));
    const [first] = await open({ logprobs: true });
    expect(first?.choices[0]).toMatchObject({ logprobs: { content: logprobs } });
  });

  it('serves n as one stream with n indices', async () => {
    upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream(['a', 'b'])));
    const chunks = await open({ n: 2, seed: 1 });
    expect([contentOf(chunks, 0), contentOf(chunks, 1)]).toEqual(['ab', 'ab']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 22, completion_tokens: 8 } });
    expect(upstream.requestsTo('/api/chat')).toHaveLength(2);
  });

  it.each<[string, string, object]>([
    [
      'an error as the first line',
      '{"error":"model runner has stopped"}\n',
      { kind: 'refused', message: 'ollama reported an error.', callerMessage: 'model runner has stopped' },
    ],
    [
      'a prompt that does not fit, told by the first line',
      '{"error":{"code":400,"message":"request (9 tokens) exceeds the available context size (4 tokens)","type":"exceed_context_size_error"}}\n',
      { kind: 'refused', status: 400, code: 'context_length_exceeded' },
    ],
    ['a line that is no JSON', '{"model": oops\n', { kind: 'bad_response' }],
    ['an end without the last line', ollamaLine(), { kind: 'stream_broken' }],
  ])('fails before it is open at %s', async (_, lines, expected) => {
    upstream.on('POST', '/api/chat', ndjsonStream(lines));
    expect(await failureOf(sut.openStream(request(), context()))).toMatchObject(expected);
  });

  it.each<[string, Parameters<typeof ndjsonStream>, object]>([
    ['the stream stops without its last line', [ollamaLine({ content: 'x' })], { kind: 'stream_broken' }],
    ['the connection breaks', [ollamaLine({ content: 'x' }), closeConnection], { kind: 'stream_broken' }],
    [
      'an error comes in the middle',
      [ollamaLine({ content: 'x' }), '{"error":"boom"}\n'],
      { kind: 'refused', callerMessage: 'boom' },
    ],
  ])('errors after the content when %s', async (_, steps, expected) => {
    upstream.on('POST', '/api/chat', ndjsonStream(...steps));
    const chunks$ = await sut.openStream(request(), context());
    expect(await failureOf(collect(chunks$))).toMatchObject(expected);
  });

  it('fails with the status of a refusal', async () => {
    upstream.on('POST', '/api/chat', json(404, { error: 'model "x" not found' }));
    expect(await failureOf(sut.openStream(request(), context()))).toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });

  it('tells a whole stream without words from others', async () => {
    upstream.on('POST', '/api/chat', ndjsonStream(ollamaStream([])));
    expect(await failureOf(sut.openStream(request(), context()))).toBeInstanceOf(EmptyAnswerError);
  });

  it('reads a stream that a proxy calls plain JSON', async () => {
    upstream.on('POST', '/api/chat', stream('application/json', [ollamaStream(['x'])]));
    expect(contentOf(await open())).toBe('x');
  });

  it('stops Ollama when the caller leaves', async () => {
    const caller = new AbortController();
    upstream.on('POST', '/api/chat', ndjsonStream(ollamaLine({ content: 'x' }), stall));
    const chunks$ = await sut.openStream(request(), context(caller.signal));
    const failure = failureOf(collect(chunks$));
    caller.abort(new Error('left'));
    expect(await failure).toMatchObject({ message: 'left' });
    await upstream.requestsTo('/api/chat')[0]?.gone;
  });
});
