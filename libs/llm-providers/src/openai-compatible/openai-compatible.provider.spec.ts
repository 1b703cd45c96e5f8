import { firstValueFrom, type Observable, toArray } from 'rxjs';
import type { ChatCompletionChunk, JsonObject } from '@mana-llm/openai-api';
import type { CallContext } from '../call-context.js';
import { EmptyAnswerError } from '../errors/upstream-error.js';
import type { OpenAiCompatibleSettings } from '../provider-settings.js';
import { FakeUpstream } from '../testing/fake-upstream.js';
import { latch } from '../testing/latch.js';
import { openAiChunk, openAiUsageChunk } from '../testing/openai-chunk.js';
import { openAiCompletion, openAiEmbeddings, openAiError, openAiModels } from '../testing/openai-completion.js';
import { openAiStream } from '../testing/openai-stream.js';
import { bytewise } from '@mana-llm/event-streams/testing';
import { closeConnection, json, type Reply, resetConnection, sseStream, stall, type Step } from '../testing/reply.js';
import { DONE, sse } from '../testing/sse.js';
import { OpenAiCompatibleProvider } from './openai-compatible.provider.js';

const CHAT = '/v1/chat/completions';
const REQUEST = { model: 'llama-3', messages: [{ role: 'user' as const, content: 'Hi' }] };

const content = (text: string): JsonObject => openAiChunk({ delta: { content: text } });
const role = openAiChunk({ delta: { role: 'assistant', content: '' } });
const finish = openAiChunk({ finish_reason: 'stop' });

describe(OpenAiCompatibleProvider.name, () => {
  let fake: FakeUpstream;
  let providers: OpenAiCompatibleProvider[];

  beforeEach(async () => {
    fake = await FakeUpstream.start();
    providers = [];
  });

  afterEach(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
    await fake.stop();
    fake.assertAllScripted();
  });

  const create = (settings: Partial<OpenAiCompatibleSettings> = {}): OpenAiCompatibleProvider => {
    const provider = new OpenAiCompatibleProvider({
      kind: 'openai-compatible',
      name: 'groq',
      baseUrl: `${fake.url}/v1`,
      apiKey: 'secret',
      headers: {},
      query: {},
      endMarker: true,
      renamedFields: {},
      renamedRoles: {},
      timeouts: { connectMs: 5_000, firstTokenMs: 10_000, idleMs: 10_000, totalMs: 10_000 },
      ...settings,
    });
    providers.push(provider);
    return provider;
  };

  const context = (fields: Partial<CallContext> = {}): CallContext => ({
    signal: new AbortController().signal,
    requestId: 'r',
    ...fields,
  });

  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'no failure',
      (error: unknown) => error,
    );

  describe('complete', () => {
    const complete = (reply: Reply, request: JsonObject = {}, settings = {}): Promise<unknown> => {
      fake.on('POST', CHAT, reply);
      return create(settings).complete({ ...REQUEST, ...request }, context());
    };

    it('asks for a buffered answer and gives it in our words', async () => {
      const answer = await complete(json(200, openAiCompletion()), {
        stream: true,
        stream_options: { include_usage: true },
        top_k: 3,
      });
      expect(answer).toMatchObject({ model: 'groq/llama-3', choices: [{ message: { content: 'Hello there.' } }] });
      expect(fake.requests[0]).toMatchObject({
        headers: { authorization: 'Bearer secret' },
        body: { ...REQUEST, stream: false, top_k: 3 },
      });
      expect(fake.requests[0]?.body).not.toHaveProperty('stream_options');
    });

    it('sends no key where there is none, and own headers over ours', async () => {
      await complete(json(200, openAiCompletion()), {}, { apiKey: undefined });
      expect(fake.requests[0]?.headers).not.toHaveProperty('authorization');
      await complete(json(200, openAiCompletion()), {}, { headers: { authorization: 'Other' }, query: { v: '1' } });
      expect(fake.requests[1]?.headers.authorization).toBe('Other');
      expect(fake.requests[1]?.query.get('v')).toBe('1');
    });

    it('uses the names that the provider knows', async () => {
      const renames = { renamedFields: { max_completion_tokens: 'max_tokens' }, renamedRoles: { user: 'human' } };
      await complete(json(200, openAiCompletion()), { max_completion_tokens: 5 }, renames);
      expect(fake.requests[0]?.body).toMatchObject({ max_tokens: 5, messages: [{ role: 'human' }] });
    });

    it.each<[string, Reply, object]>([
      [
        'an error status',
        json(429, openAiError('Slow down.'), { 'retry-after': '2' }),
        { status: 429, retryAfterMs: 2_000, callerMessage: 'Slow down.' },
      ],
      [
        'an error inside a 200',
        json(200, { error: { code: 503, message: 'Overloaded.' } }),
        { kind: 'refused', status: 503 },
      ],
      ['no completion', json(200, []), { kind: 'bad_response' }],
      ['the finish reason error', json(200, openAiCompletion({ finish_reason: 'error' })), { kind: 'bad_response' }],
      [
        'nothing',
        json(200, openAiCompletion({ message: { content: '' } })),
        { kind: 'empty_response', name: EmptyAnswerError.name },
      ],
    ])('fails at %s', async (_what, reply, expected) => {
      expect(await failure(complete(reply))).toMatchObject({ provider: 'groq', ...expected });
    });
  });

  describe('openStream', () => {
    const open = (
      steps: Step[],
      settings: Partial<OpenAiCompatibleSettings> = {},
      fields: Partial<CallContext> = {},
    ): Promise<Observable<ChatCompletionChunk>> => {
      fake.on('POST', CHAT, sseStream(...steps));
      return create(settings).openStream(REQUEST, context(fields));
    };

    /** The texts that came, and then the finish reason, `usage`, or the error. */
    const read = async (
      opening: Promise<Observable<ChatCompletionChunk>>,
    ): Promise<{ frames: unknown[]; error?: unknown }> => {
      const chunks$ = await opening;
      const frames: unknown[] = [];
      return new Promise((resolve) => {
        chunks$.subscribe({
          next: ({ choices: [choice] }) => frames.push(choice?.finish_reason ?? choice?.delta.content ?? 'usage'),
          error: (error: unknown) => resolve({ frames, error }),
          complete: () => resolve({ frames }),
        });
      });
    };

    it('asks for a stream with usage, whatever else is asked', async () => {
      fake.on('POST', CHAT, sseStream(openAiStream(['a'])));
      const request = { ...REQUEST, stream_options: { include_usage: false, include_obfuscation: false } };
      await read(create().openStream(request, context()));
      expect(fake.requests[0]?.body).toMatchObject({
        stream: true,
        stream_options: { include_usage: true, include_obfuscation: false },
      });
    });

    it('gives a whole answer that came in place of a stream as a stream', async () => {
      fake.on('POST', CHAT, json(200, openAiCompletion({ message: { content: 'Hello' } })));
      expect(await read(create().openStream(REQUEST, context()))).toEqual({ frames: ['Hello', 'stop', 'usage'] });
    });

    it.each<[string, Step[]]>([
      ['in one piece', [openAiStream(['He', 'llo €'])]],
      ['byte by byte', bytewise(openAiStream(['He', 'llo €']))],
      ['with CRLF and comments', [`: hi\r\n\r\n${openAiStream(['He', 'llo €']).replaceAll('\n', '\r\n')}`]],
      ['without the last newlines', [openAiStream(['He', 'llo €']).trimEnd()]],
      ['with blanks after the end marker', [openAiStream(['He', 'llo €']).replace('[DONE]', ' [DONE]  ')]],
      ['that goes on after the end marker', [openAiStream(['He', 'llo €']), sse(content('more')), 'garbage']],
    ])('gives a stream %s under the contract', async (_how, steps) => {
      const chunks = await firstValueFrom((await open(steps)).pipe(toArray()));
      const frame = {
        id: 'chatcmpl-fake',
        object: 'chat.completion.chunk',
        created: 1_760_000_000,
        model: 'groq/llama-3',
      };
      expect(chunks).toEqual([
        { ...frame, choices: [{ index: 0, delta: { role: 'assistant', content: 'He' }, finish_reason: null }] },
        { ...frame, choices: [{ index: 0, delta: { content: 'llo €' }, finish_reason: null }] },
        { ...frame, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        { ...frame, choices: [], usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } },
      ]);
    });

    it('opens at the first content and not before', async () => {
      const held = latch();
      const opening = open([sse(role), held, sse(content('a'), finish), sse(DONE)]);
      const first = await Promise.race([opening.then(() => 'open'), fake.request(CHAT).then(() => 'asked')]);
      expect(first).toBe('asked');
      held.open();
      expect(await read(opening)).toEqual({ frames: ['a', 'stop'] });
    });

    describe('fails while it opens', () => {
      const CASES: [string, Step[], object][] = [
        [
          'an error as the first event',
          [sse(openAiError('No.', { type: 'invalid_request_error' }))],
          { kind: 'refused', status: 400, callerMessage: 'No.' },
        ],
        [
          'an error after the role',
          [sse(role, { error: { code: 429, message: 'Slow down.' } })],
          { kind: 'refused', status: 429 },
        ],
        ['an error event', ['event: error\ndata: {"message":"No."}\n\n'], { kind: 'refused', callerMessage: 'No.' }],
        [
          'an error event of one text',
          ['event: error\ndata: {"error":"No."}\n\n'],
          { kind: 'refused', callerMessage: 'No.' },
        ],
        [
          'an event that is no JSON',
          ['data: oops\n\n'],
          { kind: 'bad_response', message: 'groq sent an event that cannot be read.' },
        ],
        [
          'an event that is no object',
          ['data: 1\n\n'],
          { kind: 'bad_response', message: 'groq sent an event that is no object.' },
        ],
        ['the finish reason error', [sse(openAiChunk({ finish_reason: 'error' }))], { kind: 'stream_broken' }],
        [
          'an end before anything',
          [],
          { kind: 'stream_broken', message: 'groq ended its stream without its end marker.' },
        ],
        ['an end after the role', [sse(role)], { kind: 'stream_broken' }],
        [
          'the end marker and nothing else',
          [sse(DONE)],
          { kind: 'stream_broken', message: 'groq ended its answer without a finish reason.' },
        ],
        ['usage and the end marker', [sse(openAiUsageChunk(), DONE)], { kind: 'stream_broken' }],
        ['a finish without its end marker', [sse(role, finish)], { kind: 'stream_broken' }],
        ['a cut by a FIN', [sse(role), closeConnection], { kind: 'stream_broken' }],
        ['a cut by an RST', [sse(role), resetConnection], {}],
        ['half an event', [sse(content('a')).slice(0, -5)], { kind: 'bad_response' }],
      ];

      it.each(CASES)('%s', async (_what, steps, expected) => {
        const error = await failure(open(steps));
        expect(error).toMatchObject({ name: 'UpstreamError', provider: 'groq', ...expected });
      });

      it('silence', async () => {
        const timeouts = { connectMs: 5_000, firstTokenMs: 100, idleMs: 10_000, totalMs: 10_000 };
        const error = await failure(open([': ping\n\n', sse(role), stall], { timeouts }));
        expect(error).toMatchObject({ kind: 'timeout', phase: 'first_token' });
      });

      it('nothing said, with what came', async () => {
        const error = await failure(open([sse(role, finish, openAiUsageChunk(), DONE)]));
        expect(error).toBeInstanceOf(EmptyAnswerError);
        const { answer } = error as EmptyAnswerError<Observable<ChatCompletionChunk>>;
        expect(await read(Promise.resolve(answer))).toEqual({ frames: ['', 'stop', 'usage'] });
      });

      it('a caller that leaves, and the upstream is gone', async () => {
        const leaving = new AbortController();
        const reason = new RangeError('left');
        const opening = failure(open([sse(role), stall], {}, { signal: leaving.signal }));
        const request = await fake.request(CHAT);
        leaving.abort(reason);
        await request.gone;
        expect(await opening).toBe(reason);
      });
    });

    it('opens an empty answer that max_tokens explains', async () => {
      const opening = open([sse(role, openAiChunk({ finish_reason: 'length' }), DONE)]);
      expect(await read(opening)).toEqual({ frames: ['', 'length'] });
    });

    describe('errors in mid-stream, with no finish frame', () => {
      const CASES: [string, Step[], object][] = [
        ['a cut by a FIN', [closeConnection], { kind: 'stream_broken' }],
        ['a cut by an RST', [resetConnection], { kind: 'stream_broken' }],
        [
          'a cut between finish and end marker',
          [sse(finish, openAiUsageChunk()), closeConnection],
          { kind: 'stream_broken' },
        ],
        ['a clean end without its end marker', [sse(finish)], { kind: 'stream_broken' }],
        ['an end marker without a finish', [sse(DONE)], { kind: 'stream_broken' }],
        ['an error in its band', [sse({ error: { code: 502, message: 'Gone.' } })], { kind: 'refused', status: 502 }],
        ['garbage', ['data: {oops\n\n'], { kind: 'bad_response' }],
        ['bytes that are no text', [Uint8Array.of(0xff, 0xfe)], { kind: 'bad_response' }],
        ['half an event', ['data: {"choices":[{"delta":{"content":"half'], { kind: 'bad_response' }],
        ['content after the finish', [sse(finish, content('b'), DONE)], { kind: 'stream_broken' }],
        ['the finish reason error', [sse(openAiChunk({ finish_reason: 'error' }), DONE)], { kind: 'stream_broken' }],
        ['a page instead of events', ['<html>\n\n<body>\n\n'], { kind: 'stream_broken' }],
      ];

      it.each(CASES)('%s', async (_what, steps, expected) => {
        const held = latch();
        const opening = open([sse(role, content('a')), held, ...steps]);
        const reading = read(opening);
        await opening;
        held.open();
        const { frames, error } = await reading;
        expect(frames).toEqual(['a']);
        expect(error).toMatchObject({ name: 'UpstreamError', provider: 'groq', ...expected });
      });

      it('silence', async () => {
        const timeouts = { connectMs: 5_000, firstTokenMs: 10_000, idleMs: 100, totalMs: 10_000 };
        const { frames, error } = await read(open([sse(content('a')), stall], { timeouts }));
        expect(frames).toEqual(['a']);
        expect(error).toMatchObject({ kind: 'timeout', phase: 'idle' });
      });
    });

    it('stops the upstream when the reader leaves', async () => {
      const chunks$ = await open([sse(content('a')), stall]);
      chunks$.subscribe().unsubscribe();
      await (
        await fake.request(CHAT)
      ).gone;
      expect(fake.requests).toHaveLength(1);
    });

    describe('of a provider without an end marker', () => {
      it.each<[string, Step[]]>([
        ['a clean end', [sse(content('a'), finish)]],
        ['an end marker all the same', [sse(content('a'), finish, DONE)]],
      ])('ends with %s', async (_how, steps) => {
        expect(await read(open(steps, { endMarker: false }))).toEqual({ frames: ['a', 'stop'] });
      });

      it.each<[string, Step[]]>([
        ['no finish reason', [sse(content('a'))]],
        ['a cut', [sse(content('a'), finish), closeConnection]],
      ])('breaks with %s', async (_how, steps) => {
        const { error } = await read(open(steps, { endMarker: false }));
        expect(error).toMatchObject({ kind: 'stream_broken' });
      });
    });

    it.each<[string, Reply, object]>([
      [
        'a status',
        json(401, openAiError('Bad key sk-abcdef123.')),
        { status: 401, message: 'groq answered with status 401.', callerMessage: 'Bad key sk-abcdef123.' },
      ],
      ['an error as JSON', json(200, openAiError('No.')), { kind: 'refused', status: 500, callerMessage: 'No.' }],
      ['an error of no kind', json(200, openAiError('No.', { type: null })), { kind: 'refused', status: undefined }],
      ['JSON that is no answer', json(200, { choices: [] }), { kind: 'bad_response' }],
      ['an empty answer as JSON', json(200, openAiCompletion({ message: {} })), { kind: 'empty_response' }],
    ])('fails at %s in place of a stream', async (_what, reply, expected) => {
      fake.on('POST', CHAT, reply);
      expect(await failure(create().openStream(REQUEST, context()))).toMatchObject(expected);
    });
  });

  describe('embed', () => {
    it('asks for floats whatever the caller wants, and counts the inputs', async () => {
      fake.on('POST', '/v1/embeddings', json(200, openAiEmbeddings([1], [2])));
      const request = { model: 'e', input: ['a', 'b'], encoding_format: 'base64' as const, dimensions: 1 };
      const list = await create().embed(request, context());
      expect(list).toMatchObject({ model: 'groq/e', data: [{ embedding: [1] }, { embedding: [2] }] });
      expect(fake.requests[0]?.body).toEqual({ ...request, encoding_format: 'float' });
    });

    it.each<[string, Reply, object]>([
      ['an error inside a 200', json(200, openAiError('No.', { code: 400 })), { kind: 'refused', status: 400 }],
      ['too few vectors', json(200, openAiEmbeddings()), { kind: 'bad_response' }],
    ])('fails at %s', async (_what, reply, expected) => {
      fake.on('POST', '/v1/embeddings', reply);
      expect(await failure(create().embed({ model: 'e', input: 'a' }, context()))).toMatchObject(expected);
    });
  });

  describe('listModels and ping', () => {
    it('ask for the models', async () => {
      fake.on('GET', '/v1/models', json(200, openAiModels('a')));
      const provider = create();
      expect((await provider.listModels(context())).map(({ id }) => id)).toEqual(['groq/a']);
      await expect(provider.ping(context())).resolves.toBeUndefined();
    });

    it.each<[string, Reply]>([
      ['a status', json(401, openAiError('No.'))],
      ['an error inside a 200', json(200, openAiError('No.'))],
    ])('fail at %s', async (_what, reply) => {
      fake.on('GET', '/v1/models', reply);
      const provider = create();
      expect(await failure(provider.listModels(context()))).toMatchObject({ kind: 'refused', callerMessage: 'No.' });
      expect(await failure(provider.ping(context()))).toMatchObject({ kind: 'refused', callerMessage: 'No.' });
    });
  });
});
