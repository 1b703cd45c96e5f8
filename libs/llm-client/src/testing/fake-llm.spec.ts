import { createLlmClient, type LlmClient } from '../llm-client.js';
import type { LlmError } from '../errors.js';
import {
  LlmAbortError,
  LlmAuthenticationError,
  LlmRateLimitError,
  LlmRequestError,
  LlmStreamBrokenError,
  LlmTimeoutError,
  LlmUnavailableError,
} from '../errors.js';
import type { LlmUsage } from '../call-options.js';
import { fakeLlm } from './fake-llm.js';
import { startFakeLlm } from './fake-llm-server.js';
import type { FakeGateway } from './fake-gateway.js';

interface Front {
  fake: FakeGateway;
  client: LlmClient;
  close(): Promise<void>;
}

const FRONTS: [string, () => Promise<Front>][] = [
  [
    fakeLlm.name,
    async () => {
      const fake = fakeLlm();
      const client = createLlmClient({ baseUrl: 'http://fake', fetch: fake.fetch });
      return { fake, client, close: () => fake.close() };
    },
  ],
  [
    startFakeLlm.name,
    async () => {
      const fake = await startFakeLlm();
      const client = createLlmClient({ baseUrl: fake.url });
      return { fake, client, close: () => fake.close() };
    },
  ],
];

const failureOf = async (promise: Promise<unknown>): Promise<LlmError> => {
  try {
    await promise;
  } catch (error) {
    return error as LlmError;
  }
  throw new Error('It did not fail.');
};

async function read(stream: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  return pieces;
}

const ask = (content: string) => ({ messages: [{ role: 'user' as const, content }] });

describe.each(FRONTS)('%s', (_name, start) => {
  let front: Front;
  let fake: FakeGateway;
  let client: LlmClient;

  beforeEach(async () => {
    front = await start();
    ({ fake, client } = front);
  });
  afterEach(() => front.close());

  describe('answers', () => {
    it('what is scripted, whole and as a stream of words', async () => {
      fake.onChat().replies('Hello there, you.');
      expect(await client.text('Hi.')).toBe('Hello there, you.');
      expect(await read(client.textStream('Hi.'))).toEqual(['Hello ', 'there, ', 'you.']);
    });

    it('in the pieces that are scripted', async () => {
      fake.onChat().streams(['Hel', 'lo'], { delayMs: 1 });
      expect(await read(client.textStream('Hi.'))).toEqual(['Hel', 'lo']);
      expect(await client.text('Hi.')).toBe('Hello');
    });

    it('one after the other, and the last one again and again', async () => {
      fake.onChat().replies('one', 'two').fails('status').replies('three');
      expect([await client.text('Hi.'), await client.text('Hi.')]).toEqual(['one', 'two']);
      expect(await failureOf(client.text('Hi.'))).toBeInstanceOf(LlmUnavailableError);
      expect([await client.text('Hi.'), await client.text('Hi.')]).toEqual(['three', 'three']);
    });

    it('by the last text of the user: a part of it, an expression, a function; the newest rule first', async () => {
      fake.onChat().replies('any');
      fake.onChat('weather').replies('sun');
      fake.onChat(/^weather in \w+/g).replies('rain');
      fake.onChat(({ body }) => body.model === 'big').replies('big');
      fake.onChat('not scripted yet');
      const question = [
        { type: 'text', text: 'the weat' },
        { type: 'text', text: 'her' },
      ];
      const messages = [
        { role: 'user' as const, content: question },
        { role: 'assistant' as const, content: 'weather in Rome' },
      ];
      expect(await client.text(messages)).toBe('sun');
      expect(await client.text('weather in Rome')).toBe('rain');
      expect(await client.text('weather in Rome')).toBe('rain');
      expect(await client.text('weather in Rome', { model: 'big' })).toBe('big');
      expect(await client.text('not scripted yet')).toBe('any');
    });

    it('the second attempt of an object as the first one: it is the same question', async () => {
      fake.onChat('Who?').replies('{"name":1}', '{"name":"Ada"}');
      const schema = {
        jsonSchema: { type: 'object' },
        validate: (value: unknown) => {
          if (typeof (value as { name: unknown }).name !== 'string') throw new Error('name is no text');
          return value as { name: string };
        },
      };
      expect(await client.object(schema, 'Who?')).toEqual({ name: 'Ada' });
    });

    it('tool calls, their arguments in pieces', async () => {
      const city = 'Zürich, capital of nothing 🎉🎉🎉🎉🎉';
      fake.onChat().replies({
        toolCalls: [
          { name: 'weather', arguments: { city } },
          { name: 'now', id: 'x' },
        ],
      });
      const chunks = client.chatStream(ask('Hi.'));
      let argumentPieces = 0;
      for await (const { choices } of chunks) {
        if (choices[0]?.delta.tool_calls?.[0]?.function?.arguments) argumentPieces += 1;
      }
      const whole = await client.chat(ask('Hi.'));
      expect(argumentPieces).toBeGreaterThan(3);
      expect((await chunks.completion()).choices).toEqual(whole.choices);
      expect(whole.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: {
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'weather', arguments: JSON.stringify({ city }) } },
            { id: 'x', type: 'function', function: { name: 'now', arguments: '{}' } },
          ],
        },
      });
    });

    it('refusals, finish reasons and usage', async () => {
      const told: LlmUsage[] = [];
      fake
        .onChat()
        .replies(
          { refusal: 'I must not.' },
          { text: 'Once upon', finishReason: 'length', usage: { cost: 0.5 }, cached: true },
        );
      const onUsage = (usage: LlmUsage): void => void told.push(usage);
      expect(await client.text('Say it.', { onUsage })).toBe('I must not.');
      const stream = client.chatStream({ ...ask('Say it.'), model: 'a/b' }, { onUsage });
      expect((await stream.completion()).choices[0]).toMatchObject({ finish_reason: 'length' });
      expect(told).toEqual([
        {
          model: 'fake/model',
          usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
          cached: false,
        },
        {
          model: 'a/b',
          usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4, cost: 0.5 },
          cost: 0.5,
          cached: true,
        },
      ]);
    });

    it('with the usage frame only where it is asked for', async () => {
      fake.onChat().replies('Hello.');
      const last = async (include_usage: boolean): Promise<unknown> => {
        let usage: unknown;
        const stream = client.chatStream({ ...ask('Hi.'), stream_options: { include_usage } });
        for await (const chunk of stream) usage = chunk.usage;
        return usage;
      };
      expect(await last(true)).toMatchObject({ total_tokens: 2 });
      expect(await last(false)).toBeUndefined();
    });

    it('models and health', async () => {
      expect(await client.models()).toEqual([{ id: 'fake/model', object: 'model', created: 0, owned_by: 'fake' }]);
      fake.models = ['ollama/gemma3:4b', 'groq/x'];
      fake.onChat().replies('Hi.');
      expect((await client.models()).map(({ id }) => id)).toEqual(['ollama/gemma3:4b', 'groq/x']);
      expect((await client.chat(ask('Hi.'))).model).toBe('ollama/gemma3:4b');
      expect(await client.health()).toMatchObject({ status: 'healthy' });
      fake.isHealthy = false;
      expect(await client.health()).toMatchObject({ status: 'unhealthy' });
    });
  });

  describe('fails', () => {
    it('by a cut after the pieces', async () => {
      fake.onChat().fails('cut', { pieces: ['Hel', 'lo'] });
      const error = await failureOf(client.textStream('Hi.').completion());
      expect(error).toBeInstanceOf(LlmStreamBrokenError);
      expect(error).toMatchObject({ partialText: 'Hello', code: 'stream_broken', status: 200 });
      expect(error.requestId).toMatch(/^fake-request-/);
    });

    it('by a cut before the answer, and in a whole one', async () => {
      fake.onChat().fails('cut', { pieces: [] }).fails('cut', { pieces: [] }).fails('cut');
      expect(await failureOf(read(client.textStream('Hi.')))).toBeInstanceOf(LlmUnavailableError);
      expect(await failureOf(client.text('Hi.'))).toMatchObject({ code: 'connection_failed' });
      expect(await failureOf(client.text('Hi.'))).toMatchObject({
        code: 'connection_failed',
        requestId: expect.stringMatching(/^fake-request-/),
      });
    });

    it('by an error frame, and for a whole answer by its status', async () => {
      fake
        .onChat()
        .fails('error_frame')
        .fails('error_frame', { pieces: ['Hel'], code: 'idle_timeout', message: 'Slow.' });
      expect(await failureOf(read(client.textStream('Hi.')))).toMatchObject({
        name: 'LlmStreamBrokenError',
        code: 'stream_broken',
        partialText: 'Once upon a',
      });
      const error = await failureOf(read(client.textStream('Hi.')));
      expect(error).toBeInstanceOf(LlmTimeoutError);
      expect(error).toMatchObject({ which: 'idle', partialText: 'Hel', message: 'Slow.' });
      expect(await failureOf(client.text('Hi.'))).toMatchObject({
        name: 'LlmTimeoutError',
        which: 'idle',
        status: 504,
      });
    });

    it.each([
      ['bad_response', 502],
      ['server_draining', 503],
      ['internal_error', 500],
      ['first_token_timeout', 504],
    ])('by %s, which before the first piece and in a whole answer is %i', async (code, status) => {
      fake.onChat().fails('error_frame', { code, pieces: [] });
      expect(await failureOf(client.text('Hi.'))).toMatchObject({ code, status });
      expect(await failureOf(read(client.textStream('Hi.')))).toMatchObject({ code, status, partialText: undefined });
    });

    it('by silence, until the deadline of the caller', async () => {
      fake.onChat().fails('stall', { pieces: ['Hel'] });
      const error = await failureOf(read(client.textStream('Hi.', { timeoutMs: 1_000 })));
      expect(error).toMatchObject({ name: 'LlmTimeoutError', which: 'total', partialText: 'Hel' });
      expect(await failureOf(client.text('Hi.', { timeoutMs: 1 }))).toMatchObject({ name: 'LlmTimeoutError' });
      await Promise.all(fake.chats.map(({ gone }) => gone));
      expect(fake.chats.map(({ aborted }) => aborted)).toEqual([true, true]);
    });

    it.each([
      [{}, LlmUnavailableError, { status: 503, code: null }],
      [{ status: 429, retryAfterMs: 1_500 }, LlmRateLimitError, { retryAfterMs: 1_500, code: 'rate_limit_exceeded' }],
      [{ status: 401 }, LlmAuthenticationError, { code: 'invalid_api_key' }],
      [{ status: 400, param: 'top_p', message: 'Too hot.' }, LlmRequestError, { param: 'top_p', message: 'Too hot.' }],
      [{ status: 504, code: 'connect_timeout' }, LlmTimeoutError, { which: 'connect' }],
    ])('by the status of %j', async (options, errorClass, fields) => {
      fake.onChat().fails('status', options);
      for (const call of [client.text('Hi.'), read(client.textStream('Hi.'))]) {
        const error = await failureOf(call);
        expect(error).toBeInstanceOf(errorClass);
        expect(error).toMatchObject(fields);
      }
    });

    it('by an answer that is whole and empty', async () => {
      fake.onChat().fails('empty');
      expect(await client.text('Hi.')).toBe('');
      expect(await read(client.textStream('Hi.'))).toEqual([]);
    });
  });

  describe('remembers', () => {
    it('what was asked: messages, tools, headers', async () => {
      fake.onChat().replies('Hi.');
      const tools = [{ type: 'function', function: { name: 'f' } }];
      const options = { tools, model: 'a/b', requestId: 'r-1', timeoutMs: 1_000, caller: 'billing' };
      await client.text(
        [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hi.' },
        ],
        options,
      );
      expect(fake.requests).toEqual(fake.chats);
      expect(fake.chats).toMatchObject([
        {
          method: 'POST',
          path: '/v1/chat/completions',
          text: 'Hi.',
          body: { model: 'a/b', tools, messages: [{ role: 'system' }, { role: 'user' }], stream: false },
          headers: {
            'x-request-id': 'r-1',
            'x-mana-llm-caller': 'billing',
            'x-request-timeout-ms': expect.stringMatching(/^(999|1000)$/),
          },
          aborted: false,
        },
      ]);
    });

    it.each([
      ['leaves the loop', false],
      ['stops by its signal', true],
    ])('that a client %s, and stops', async (_what, isSignal) => {
      fake.onChat().fails('stall', { pieces: ['Hel'] });
      const stopping = new AbortController();
      const leave = async (): Promise<void> => {
        for await (const _ of client.textStream('Hi.', { signal: stopping.signal })) {
          if (!isSignal) break;
          stopping.abort();
        }
      };
      if (isSignal) expect(await failureOf(leave())).toBeInstanceOf(LlmAbortError);
      else await leave();
      await fake.chats[0]?.gone;
      expect(fake.chats[0]?.aborted).toBe(true);
    });

    it('that a client left before the answer', async () => {
      fake.onChat().replies({ text: 'late', delayMs: 600_000 });
      const stopping = new AbortController();
      const asked = failureOf(client.text('Hi.', { signal: stopping.signal }));
      while (fake.chats.length === 0) await new Promise(setImmediate);
      stopping.abort();
      expect(await asked).toBeInstanceOf(LlmAbortError);
      await fake.chats[0]?.gone;
    });

    it('no abort of a client that had its whole answer', async () => {
      fake.onChat().replies('Hi.').fails('error_frame').fails('status');
      await client.text('Hi.');
      await failureOf(read(client.textStream('Hi.')));
      await failureOf(client.text('Hi.'));
      expect(fake.chats.map(({ aborted }) => aborted)).toEqual([false, false, false]);
    });
  });

  describe('fails the test', () => {
    it('with the chat that nothing is scripted for', async () => {
      fake.onChat('weather').replies('sun');
      const error = await failureOf(client.text('Is it late?', { model: 'a/b' }));
      expect(error).toBeInstanceOf(LlmRequestError);
      expect(error.message).toContain('a/b');
      expect(error.message).toContain('"Is it late?"');
      expect(() => fake.reset()).toThrow('"Is it late?"');
      expect(() => fake.reset()).not.toThrow();
    });

    it('at its close', async () => {
      await failureOf(client.text('Hi.'));
      await expect(front.close()).rejects.toThrow('Nothing is scripted');
      front = await start();
    });
  });

  it('forgets everything between two tests', async () => {
    fake.onChat().replies('Hi.');
    fake.isHealthy = false;
    fake.models = [];
    await client.text('Hi.');
    fake.reset();
    expect(fake.requests).toEqual([]);
    expect(await client.health()).toMatchObject({ status: 'healthy' });
    expect(await client.models()).toHaveLength(1);
    expect(await failureOf(client.text('Hi.'))).toMatchObject({ code: 'not_scripted' });
    expect(() => fake.reset()).toThrow();
  });

  it('is nobody at its address after its close, and what was under way breaks', async () => {
    fake.onChat().fails('stall', { pieces: ['Hel'] });
    const running = failureOf(
      (async () => {
        for await (const _ of client.textStream('Hi.')) void front.close();
      })(),
    );
    expect(await running).toMatchObject({ name: 'LlmStreamBrokenError', partialText: 'Hel' });
    expect(await failureOf(client.text('Hi.'))).toMatchObject({
      name: 'LlmUnavailableError',
      code: 'connection_failed',
    });
    front = await start();
  });
});

describe('the fetch of a fake', () => {
  const fake = fakeLlm();
  afterEach(() => fake.reset());

  const body = (stream: boolean): string => JSON.stringify({ ...ask('Hi.'), stream });
  const post = (init: RequestInit): Promise<Response> =>
    fake.fetch('http://fake/v1/chat/completions', { method: 'POST', ...init });

  it('has the heads of the gateway', async () => {
    fake.onChat().replies('Hi.');
    const { headers } = await post({ body: body(true), headers: { 'X-Request-Id': 'r-1' } });
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-request-id': 'r-1',
      'x-mana-llm-resolved': 'fake/model',
      'x-mana-llm-cache': 'miss',
    });
  });

  it('takes a Request', async () => {
    fake.onChat().replies('Hi.');
    const request = new Request('http://fake/v1/chat/completions?x=1', { method: 'POST', body: body(false) });
    expect(await (await fake.fetch(request)).json()).toMatchObject({ object: 'chat.completion' });
    expect(fake.chats).toMatchObject([{ path: '/v1/chat/completions', text: 'Hi.' }]);
  });

  it('rejects with the reason of the signal: before, while it waits, in the body', async () => {
    const reason = new Error('enough');
    await expect(post({ body: body(false), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(fake.requests).toEqual([]);

    fake.onChat().replies({ text: 'late', delayMs: 600_000 });
    const waiting = new AbortController();
    const asked = post({ body: body(false), signal: waiting.signal });
    setImmediate(() => waiting.abort(reason));
    await expect(asked).rejects.toBe(reason);

    fake.onChat().fails('stall');
    const reading = new AbortController();
    const response = await post({ body: body(true), signal: reading.signal });
    setImmediate(() => reading.abort(reason));
    await expect(response.text()).rejects.toBe(reason);
    expect(fake.chats.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('notices a reader that cancels the body', async () => {
    fake.onChat().streams(['Hel', 'lo'], { delayMs: 600_000 });
    fake.onChat().fails('stall');
    const response = await post({ body: body(true) });
    await response.body?.cancel();
    await fake.chats[0]?.gone;
  });

  it.each([
    ['no JSON', 'oops'],
    ['no messages', '{}'],
    ['an odd message', '{"messages":["oops"]}'],
    ['nothing', undefined],
  ])('answers 400 to %s', async (_what, sent) => {
    const response = await post({ ...(sent !== undefined && { body: sent }) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'messages', type: 'invalid_request_error' } });
  });

  it('has no other routes than the gateway, and fails the test that asks for one', async () => {
    const response = await fake.fetch('http://fake/api/chat', { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(() => fake.reset()).toThrow('POST /api/chat');
  });
});
